import type { Database } from '../../database/database.js';

const flushMs = 300;
const mostLines = 300;

/** The lines of one install, written in batches while they come. */
export class InstallLog {
  private readonly lines: { at: string; line: string }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private writing = Promise.resolve();

  constructor(
    private readonly database: Database,
    readonly id: string,
  ) {}

  line(line: string): void {
    if (this.lines.length >= mostLines) return;
    this.lines.push({ at: new Date().toISOString(), line: this.lines.length === mostLines - 1 ? '… further lines are left out' : line });
    this.timer ??= setTimeout(() => this.flush(), flushMs);
  }

  async close(): Promise<void> {
    this.flush();
    await this.writing;
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const text = JSON.stringify(this.lines);
    this.writing = this.writing
      .then(() =>
        this.database.transaction((em) => em.execute('update plugin_install set log = ?::jsonb where id = ?', [text, this.id], 'run')),
      )
      // Lines that cannot be written are not worth the install; its end will say that the database is gone.
      .then(
        () => undefined,
        () => undefined,
      );
  }
}
