import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';

const secrets = [
  'password',
  'newPassword',
  'currentPassword',
  'secret',
  'signingKey',
  'token',
  'authorization',
  'cookie',
  'csrfToken',
  'databaseUrl',
  'redisUrl',
];

/** The process's log: JSON lines on stdout, with secrets cut out by the names of their fields. */
export function createLogger(level: string, role: string): Logger {
  return pino({
    level,
    base: { role, pid: process.pid },
    redact: { paths: secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[hidden]' },
  });
}

/** Hands what Nest and our classes log to pino. Objects are fields, texts are messages. */
export class NestPino implements LoggerService {
  constructor(private readonly pino: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    const context = contextOf(rest);
    // Nest's own story of its start helps nobody who reads logs for faults.
    const quiet =
      context === 'RouterExplorer' ||
      context === 'RoutesResolver' ||
      context === 'InstanceLoader' ||
      context === 'NestFactory' ||
      context === 'NestApplication';
    this.write(quiet ? 'debug' : 'info', message, context);
  }
  error(message: unknown, ...rest: unknown[]): void {
    const stack = rest.length > 1 && typeof rest[0] === 'string' ? rest[0] : undefined;
    const cause = rest.find((part) => part instanceof Error);
    const fields =
      typeof message === 'string' && (stack ?? cause)
        ? { msg: message, ...(stack ? { stack } : {}), ...(cause ? { err: cause } : {}) }
        : message;
    this.write('error', fields, contextOf(rest));
  }
  warn(message: unknown, ...rest: unknown[]): void {
    // Our classes say what they were at and pass the error along.
    const error = rest.find((part) => part instanceof Error);
    this.write('warn', error && typeof message === 'string' ? { msg: message, err: error } : message, contextOf(rest));
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, contextOf(rest));
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, contextOf(rest));
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, contextOf(rest));
  }

  private write(level: 'debug' | 'info' | 'warn' | 'error', message: unknown, context: string | undefined): void {
    if (message instanceof Error) this.pino[level]({ context, err: message }, message.message);
    else if (typeof message === 'object' && message !== null) this.pino[level]({ context, ...message });
    else this.pino[level]({ context }, String(message));
  }
}

function contextOf(rest: readonly unknown[]): string | undefined {
  const last = rest.at(-1);
  return typeof last === 'string' ? last : undefined;
}
