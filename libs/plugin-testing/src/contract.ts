/** One promise of a contract, as a sentence, and the code that looks whether it is kept. @public @since 1.0 */
export interface ContractCase<Subject> {
  readonly name: string;
  /** A capability without which the case does not apply; it then counts as skipped, by name. */
  readonly needs?: string;
  run(subject: Subject): Promise<void>;
}
/** All promises of one kind of plugin. Cases have no order and each gets a subject of its own. @public @since 1.0 */
export interface Contract<Subject> {
  readonly kind: string;
  readonly cases: readonly ContractCase<Subject>[];
}
/** How to try an implementation. @public @since 1.0 */
export interface ContractOptions<Subject> {
  /** Makes a fresh subject. */
  create(): Subject | Promise<Subject>;
  readonly capabilities?: readonly string[];
}
/** @public @since 1.0 */
export interface CaseResult {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** What is wrong, in a sentence. */
  readonly message?: string;
}

/** A promise that is not kept. @public @since 1.0 */
export class ContractFailure extends Error {
  override readonly name = 'ContractFailure';
}

/** Fails the case with a sentence that says what is wrong. */
export function ensure(kept: boolean, wrong: string): asserts kept {
  if (!kept) throw new ContractFailure(wrong);
}

/** The cases that apply, and those that do not, by name. */
export function applicableCases<Subject>(contract: Contract<Subject>, capabilities: readonly string[] = []) {
  const applies = ({ needs }: ContractCase<Subject>): boolean => needs === undefined || capabilities.includes(needs);
  return { applicable: contract.cases.filter(applies), skipped: contract.cases.filter((one) => !applies(one)) };
}

/** Runs a contract without any test runner. A case that takes longer than 10 s has failed. @public @since 1.0 */
export async function runContract<Subject>(contract: Contract<Subject>, options: ContractOptions<Subject>): Promise<CaseResult[]> {
  const { applicable } = applicableCases(contract, options.capabilities);
  const results: CaseResult[] = [];
  for (const one of contract.cases) {
    if (!applicable.includes(one)) {
      results.push({ name: one.name, outcome: 'skipped', message: `needs the capability ${one.needs}` });
      continue;
    }
    try {
      await runCase(one, options);
      results.push({ name: one.name, outcome: 'passed' });
    } catch (error) {
      results.push({ name: one.name, outcome: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  }
  return results;
}

/** Runs one case on a fresh subject. */
export async function runCase<Subject>(one: ContractCase<Subject>, options: ContractOptions<Subject>): Promise<void> {
  await within(10_000, 'The case did not end within 10 s.', async () => one.run(await options.create()));
}

/** Waits without keeping the process alive: the deadline of the case does that. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}

/** Runs `work`, or fails with the sentence when it takes longer. */
export async function within<T>(ms: number, wrong: string, work: () => Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new ContractFailure(wrong)), ms);
  try {
    return await Promise.race([work(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** What `work` throws; fails when it does not. */
export async function thrownBy(work: () => unknown, wrong: string): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new ContractFailure(wrong);
}
