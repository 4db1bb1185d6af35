/** Where text goes; the process's own streams, or a test's. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}
export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
}

const styles = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;
export type Style = keyof typeof styles;
const ownStyle = new RegExp(`^\\u001b\\[(0|${Object.values(styles).join('|')})m$`);
/** Sequences that set a style, one by one to be looked at; control characters; marks that turn the direction of text. */
const steering = /\u001b\[\d+m|(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** Results go to stdout, talk about them to stderr, so that a pipe gets results alone. */
export class Output {
  constructor(
    private readonly stdout: Sink,
    private readonly stderr: Sink,
    readonly options: OutputOptions,
  ) {}

  /** The result: as JSON with `--json`, else as `text` says. */
  result(value: unknown, text: () => string): void {
    this.stdout.write(`${this.options.json ? JSON.stringify(value, null, 2) : this.plain(text())}\n`);
  }

  /** A line of a result that comes bit by bit: one JSON document a line with `--json`. */
  line(value: unknown, text: string): void {
    this.stdout.write(`${this.options.json ? JSON.stringify(value) : this.plain(text)}\n`);
  }

  /** Talk; nothing with `--quiet`. */
  note(text: string): void {
    if (!this.options.quiet) this.stderr.write(`${this.plain(text)}\n`);
  }

  failure(text: string): void {
    this.stderr.write(`${this.plain(text)}\n`);
  }

  style(style: Style, text: string): string {
    return this.options.color ? `\u001b[${styles[style]}m${text}\u001b[0m` : text;
  }

  /** What a stranger wrote, such as a plugin's log, may neither move the cursor nor write over what stands above it. */
  private plain(text: string): string {
    return text.replace(steering, (found) => (this.options.color && ownStyle.test(found) ? found : '\ufffd'));
  }

  /** Columns as wide as their widest cell; the head is left out with `--quiet`. */
  table(head: readonly string[], rows: readonly (readonly string[])[]): string {
    const shown = this.options.quiet ? rows : [head, ...rows];
    const widths = head.map((_name, column) => Math.max(0, ...shown.map((row) => (row[column] ?? '').length)));
    return shown
      .map((row, index) => {
        const text = row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd();
        return index === 0 && !this.options.quiet ? this.style('dim', text) : text;
      })
      .join('\n');
  }
}

/** Names and values under each other; no further line of a value looks like one of the others. */
export function facts(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...pairs.map(([name]) => name.length));
  return pairs
    .map(([name, value]) => `${name.padEnd(width)}  ${value.replaceAll('\n', `\n${' '.repeat(width + 2)}`)}`.trimEnd())
    .join('\n');
}

export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power] ?? ''}`;
}

/** Four significant digits; what is no number stays as it came. */
export function numberText(value: unknown): string {
  if (typeof value !== 'number') return value === null || value === undefined ? '–' : String(value);
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
