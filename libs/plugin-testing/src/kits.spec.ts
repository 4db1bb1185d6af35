import { afterAll, describe, expect, it } from '@jest/globals';
import { runContract, type Contract } from './contract.js';
import { describeContract } from './describe-contract.js';
import type { PluginSubject } from './kits/common.js';
import { featureStoreContract } from './kits/feature-store.contract.js';
import { modelTypeContract } from './kits/model-type.contract.js';
import { notifierContract } from './kits/notifier.contract.js';
import { validatorContract } from './kits/validator.contract.js';
import { commonMutants, endLeaks } from './mutants/common-mutants.js';
import { featureStoreMutants } from './mutants/feature-store-mutants.js';
import { modelTypeMutants } from './mutants/model-type-mutants.js';
import type { Mutant } from './mutants/mutant.js';
import { notifierMutants } from './mutants/notifier-mutants.js';
import { validatorMutants } from './mutants/validator-mutants.js';
import { featureStoreCapabilities, featureStoreSubject } from './references/feature-store.js';
import { modelTypeCapabilities, modelTypeSubject } from './references/model-type.js';
import { notifierCapabilities, notifierSubject } from './references/notifier.js';
import type { Change } from './references/reference-plugin.js';
import { validatorCapabilities, validatorSubject } from './references/validator.js';

afterAll(endLeaks);

function tryKit<Subject extends PluginSubject, T>(
  contract: Contract<Subject>,
  subject: (change?: Change<T>) => Subject,
  mutants: readonly Mutant<T>[],
  capabilities: readonly string[],
): void {
  describeContract({ describe, it }, contract, { create: () => subject(), capabilities });

  describe(`the kit of a ${contract.kind}`, () => {
    const broken = [
      ...commonMutants.map(({ name, failedBy, change }) => ({ name, failedBy, create: () => ({ ...subject(), ...change(subject()) }) })),
      ...mutants.map(({ name, failedBy, change }) => ({ name, failedBy, create: () => subject(change) })),
    ];

    it.each(broken.map((mutant) => [mutant.name, mutant] as const))(
      'catches one that %s, by the case that is about it alone',
      async (_name, { create, failedBy }) => {
        const results = await runContract(contract, { create, capabilities });
        const failed = results.filter(({ outcome }) => outcome === 'failed');
        expect(failed.map(({ name, message }) => ({ name, message }))).toEqual([
          { name: failedBy, message: expect.stringMatching(/^[A-Za-z0-9].{20,}$/s) },
        ]);
      },
      30_000,
    );

    it('has a mutant for each of its cases, and at least eight that only this kind has', () => {
      const caught = new Set(broken.map(({ failedBy }) => failedBy));
      expect(contract.cases.map(({ name }) => name).filter((name) => !caught.has(name))).toEqual([]);
      expect(mutants.length).toBeGreaterThanOrEqual(8);
    });

    it('skips what needs a capability that is not there, by name', async () => {
      const results = await runContract(contract, { create: () => subject() });
      const skipped = results.filter(({ outcome }) => outcome === 'skipped').map(({ name }) => name);
      expect(skipped).toEqual(contract.cases.filter(({ needs }) => needs !== undefined).map(({ name }) => name));
    });
  });
}

tryKit(notifierContract, notifierSubject, notifierMutants, notifierCapabilities);
tryKit(modelTypeContract, modelTypeSubject, modelTypeMutants, modelTypeCapabilities);
tryKit(validatorContract, validatorSubject, validatorMutants, validatorCapabilities);
tryKit(featureStoreContract, featureStoreSubject, featureStoreMutants, featureStoreCapabilities);
