/** One column as Feast's own Python client says it. */
export interface FeastColumn {
  readonly values: readonly unknown[];
  readonly statuses: readonly string[];
  readonly eventTimes: readonly number[];
}
export interface RunningFeast {
  readonly url: string;
  ask(features: readonly string[], entities: Readonly<Record<string, readonly unknown[]>>): Promise<Readonly<Record<string, FeastColumn>>>;
  stop(): Promise<void>;
}
export function prepareFeast(): string | null;
export function startFeast(nowSeconds: number): Promise<RunningFeast>;
