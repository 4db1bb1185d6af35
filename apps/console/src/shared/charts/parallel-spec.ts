/** What a chart of parallel axes shows: one line for each row, in groups of one colour. */
export interface ParallelChartAxis {
  readonly id: string;
  readonly title: string;
  readonly categories: readonly string[] | null;
  /** In the axis' own numbers; for `log` these are exponents of ten. */
  readonly min: number;
  readonly max: number;
  readonly log: boolean;
  readonly brush: readonly [number, number] | null;
}
export interface ParallelGroup {
  readonly name: string;
  readonly token: string;
  /** Positions on the axes, in their order; NaN where the line has a gap. */
  readonly rows: readonly (readonly number[])[];
}
export interface ParallelSpec {
  readonly title: string;
  readonly axes: readonly ParallelChartAxis[];
  readonly groups: readonly ParallelGroup[];
}
