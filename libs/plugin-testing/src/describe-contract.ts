import { applicableCases, runCase, type Contract, type ContractOptions } from './contract.js';

/** The part of Jest (or Vitest) that the binding needs. @public @since 1.0 */
export interface TestRunner {
  describe(name: string, body: () => void): void;
  readonly it: ((name: string, body: () => Promise<void>, timeoutMs?: number) => void) & {
    readonly skip: (name: string, body: () => void) => void;
  };
}

/**
 * Turns a contract into tests of Jest or Vitest.
 * @example describeContract({ describe, it }, notifierContract, { create: () => subject, capabilities: ['http'] })
 * @public
 * @since 1.0
 */
export function describeContract<Subject>(runner: TestRunner, contract: Contract<Subject>, options: ContractOptions<Subject>): void {
  const { applicable, skipped } = applicableCases(contract, options.capabilities);
  runner.describe(`keeps the contract of a ${contract.kind}`, () => {
    for (const one of applicable) runner.it(one.name, () => runCase(one, options), 15_000);
    for (const one of skipped) runner.it.skip(`${one.name} (needs ${one.needs})`, () => undefined);
  });
}
