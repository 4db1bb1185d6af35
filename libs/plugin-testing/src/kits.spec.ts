import { describe, expect, it } from '@jest/globals';
import { runContract, type Contract } from './contract.js';
import { describeContract } from './describe-contract.js';
import { featureStoreContract } from './kits/feature-store.contract.js';
import { modelTypeContract } from './kits/model-type.contract.js';
import { notifierContract } from './kits/notifier.contract.js';
import { validatorContract } from './kits/validator.contract.js';
import { featureStoreMutants, modelTypeMutants, notifierMutants, validatorMutants, type Mutant } from './mutants/mutants.js';
import { featureStoreSubject } from './references/feature-store.js';
import { modelTypeCapabilities, modelTypeSubject } from './references/model-type.js';
import { notifierCapabilities, notifierSubject, type Change } from './references/notifier.js';
import { validatorCapabilities, validatorSubject } from './references/validator.js';

function tryKit<Subject, T>(
  contract: Contract<Subject>,
  subject: (change?: Change<T>) => Subject,
  mutants: readonly Mutant<T>[],
  capabilities: readonly string[] = [],
): void {
  describeContract({ describe, it }, contract, { create: () => subject(), capabilities });

  describe(`the kit of a ${contract.kind}`, () => {
    it.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
      'catches one that %s, by the case that is about it alone',
      async (_name, mutant) => {
        const results = await runContract(contract, { create: () => subject(mutant.change), capabilities });
        const failed = results.filter(({ outcome }) => outcome === 'failed');
        expect(failed.map(({ name }) => name)).toEqual([mutant.failedBy]);
        expect(failed[0]?.message).toMatch(/^[A-Z0-9].{20,}$/s);
      },
    );

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
tryKit(featureStoreContract, featureStoreSubject, featureStoreMutants);
