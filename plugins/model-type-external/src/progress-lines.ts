import type { TrainingReport } from '@crisol/plugin-api';
import { z } from 'zod';

const Line = z.union([
  z.object({ progress: z.number().min(0).max(1), message: z.string().max(2_000).default('') }),
  z.object({ metric: z.string().min(1).max(200), step: z.number().int().min(0), value: z.number() }),
  z.object({ log: z.string().max(10_000), level: z.enum(['info', 'warn']).default('info') }),
]);
// Enough for what people read; a trainer that writes more must not fill the job's log.
const mostLogLines = 5_000;
const longestLine = 2_000;

/** Turns lines of a trainer into reports: JSON of the protocol by its meaning, everything else into the log. */
export class ProgressLines {
  private highest = 0;
  private logged = 0;

  /** @param share - part of the whole training that the command's own progress stands for */
  constructor(
    private readonly report: TrainingReport,
    private readonly share: number,
  ) {}

  take(line: string, stream: 'stdout' | 'stderr'): void {
    const known = stream === 'stdout' ? parsed(line) : undefined;
    if (known === undefined) return this.log(stream === 'stderr' ? 'warn' : 'info', line);
    if ('progress' in known) {
      this.highest = Math.max(this.highest, known.progress);
      this.report.progress(this.highest * this.share, known.message);
    } else if ('metric' in known) this.report.metric(known.metric, known.step, known.value);
    else this.log(known.level, known.log);
  }

  private log(level: 'info' | 'warn', line: string): void {
    if (line.trim() === '') return;
    this.logged++;
    if (this.logged <= mostLogLines) this.report.log(level, line.slice(0, longestLine));
    else if (this.logged === mostLogLines + 1)
      this.report.log('warn', `The trainer wrote more than ${mostLogLines} lines; the rest is left out.`);
  }
}

function parsed(line: string): z.infer<typeof Line> | undefined {
  if (!line.trimStart().startsWith('{')) return undefined;
  try {
    return Line.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
