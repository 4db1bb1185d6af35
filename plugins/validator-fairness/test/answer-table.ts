import { PluginError, type ModelFacts, type TableReader, type VersionFacts } from '@crisol/plugin-api';

type Cells = readonly (number | string)[];

/** A table in memory that is read by columns; SQL is not answered. */
export function answerTable(columns: Readonly<Record<string, Cells>>): TableReader {
  const rowCount = Object.values(columns)[0]?.length ?? 0;
  return {
    rowCount,
    columns: Object.entries(columns).map(([name, cells]) => ({
      name,
      type: typeof cells[0] === 'string' ? 'text' : 'number',
      databaseType: typeof cells[0] === 'string' ? 'VARCHAR' : 'DOUBLE',
    })),
    query: () => Promise.reject(new PluginError('invalid_input', 'This table is read by columns.')),
    read: (names, signal) => {
      signal.throwIfAborted();
      return Promise.resolve({
        rows: rowCount,
        columns: names.map((name) => {
          const cells = columns[name];
          if (!cells) throw new PluginError('invalid_input', `There is no column ${name}.`);
          if (typeof cells[0] !== 'string') return { name, type: 'number' as const, values: Float64Array.from(cells, Number) };
          const levels = [...new Set(cells.map(String))].sort().reverse();
          return { name, type: 'text' as const, levels, codes: Int32Array.from(cells, (cell) => levels.indexOf(String(cell))) };
        }),
      });
    },
  };
}

export function aVersion(version: number, more: Partial<VersionFacts> = {}): VersionFacts {
  return { version, inputs: [], outputs: ['probabilities'], labels: ['no', 'yes'], metrics: {}, latency: null, sizeBytes: 1_000, ...more };
}

export function someFacts(more: Partial<ModelFacts> = {}): ModelFacts {
  return { model: 'churn', task: 'binary', candidate: aVersion(4), incumbent: aVersion(3), callers: [], test: null, ...more };
}
