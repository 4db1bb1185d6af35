import type { Sample } from '@crisol/contracts';
import { fileURLToPath } from 'node:url';

export interface SampleFile extends Sample {
  readonly path: string;
  readonly fileName: string;
}

/** Tables that come with Crisol; their origin and licence are in `examples/data/README.md`. */
export const samples: readonly SampleFile[] = [
  {
    name: 'penguins',
    title: 'Palmer penguins',
    description: 'Species, measures and sex of 344 penguins on three islands near Palmer Station, Antarctica. A few values are missing.',
    rows: 344,
    columns: 8,
    sizeBytes: 15_241,
    license: 'CC0-1.0',
    target: 'species',
    fileName: 'penguins.csv',
    // The same depth below the repository for sources and for built code.
    path: fileURLToPath(new URL('../../../../../examples/data/penguins.csv', import.meta.url)),
  },
];
