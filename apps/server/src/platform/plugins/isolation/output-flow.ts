import type { Readable } from 'node:stream';

const linesPerSecond = 100;
const bytesPerSecond = 262_144;
const longestLine = 4_000;
const keptLines = 200;

/**
 * Drains what a process writes to its own output: so many lines a second go on, the rest is cut and counted. A flood is read
 * slowly, so that it holds back whoever writes it and costs the host nothing.
 */
export class OutputFlow {
  readonly tail: string[] = [];
  private readonly timer: NodeJS.Timeout;
  private readonly streams: Readable[] = [];
  private lines = 0;
  private bytes = 0;
  private cut = 0;

  constructor(private readonly onLine: (line: string) => void) {
    this.timer = setInterval(() => this.newSecond(), 1_000);
    this.timer.unref();
  }

  drain(stream: Readable): void {
    this.streams.push(stream);
    let rest = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      this.bytes += chunk.length;
      if (this.bytes > bytesPerSecond) for (const own of this.streams) own.pause();
      const parts = (rest + chunk).split('\n');
      rest = (parts.pop() ?? '').slice(0, longestLine);
      for (const line of parts) this.take(line);
    });
    stream.on('end', () => {
      if (rest !== '') this.take(rest);
    });
  }

  end(): void {
    this.newSecond();
    clearInterval(this.timer);
  }

  private take(line: string): void {
    if (this.lines >= linesPerSecond) {
      this.cut++;
      return;
    }
    this.lines++;
    this.keep(line.slice(0, longestLine));
  }

  private keep(line: string): void {
    this.tail.push(line);
    if (this.tail.length > keptLines) this.tail.shift();
    this.onLine(line);
  }

  private newSecond(): void {
    if (this.cut > 0) this.keep(`(${this.cut} further lines were cut)`);
    this.lines = this.bytes = this.cut = 0;
    for (const stream of this.streams) stream.resume();
  }
}
