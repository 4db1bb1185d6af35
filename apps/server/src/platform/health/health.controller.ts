import { Controller, Get, Res } from '@nestjs/common';
import { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { HealthReport } from '@crisol/contracts';
import type { FastifyReply } from 'fastify';
import { Database } from '../database/database.js';
import { Answers, Needs } from '../http/route-decorators.js';
import { JobsHealth } from '../jobs/jobs-health.js';
import { ShutdownState } from './shutdown-state.js';

/** Milliseconds for which one look at readiness serves everybody who asks. */
const freshMs = 2_000;

@Controller()
export class HealthController {
  private last: { at: number; report: HealthReport } | undefined;
  private asking: Promise<HealthReport> | undefined;

  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly database: Database,
    private readonly jobs: JobsHealth,
    private readonly shutdown: ShutdownState,
  ) {}

  @Get('healthz')
  @Needs('public')
  @Answers(200, HealthReport, { id: 'getLiveness', summary: 'Whether the process answers' })
  live(): HealthReport {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Needs('public')
  @Answers(200, HealthReport, { id: 'getReadiness', summary: 'Whether this process should get traffic' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthReport> {
    const report = await this.report();
    if (report.status === 'error') void reply.status(503);
    return report;
  }

  private async report(): Promise<HealthReport> {
    if (this.shutdown.stopping) return { status: 'error', checks: { process: { status: 'down', message: 'The process is stopping.' } } };
    if (this.last && Date.now() - this.last.at < freshMs) return this.last.report;
    this.asking ??= this.look().finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  private async look(): Promise<HealthReport> {
    let degraded = false;
    const result = await this.health
      .check([
        async () => {
          const indicator = this.indicators.check('database');
          try {
            await this.database.read((em) => em.execute('select 1'));
            return indicator.up();
          } catch {
            return indicator.down({ message: 'PostgreSQL does not answer.' });
          }
        },
        async () => {
          const indicator = this.indicators.check('jobs');
          try {
            const part = await this.jobs.check();
            degraded ||= part.status === 'degraded';
            return part.status === 'down'
              ? indicator.down({ message: part.message })
              : indicator.up(part.message ? { message: part.message } : undefined);
          } catch {
            return indicator.down({ message: 'The ledger does not answer.' });
          }
        },
      ])
      .catch((error: unknown) => {
        const response: unknown = typeof error === 'object' && error !== null && 'response' in error ? error.response : undefined;
        if (typeof response === 'object' && response !== null && 'details' in response) return { details: response.details };
        throw error;
      });
    const details: Record<string, { status: string; message?: unknown }> = Object.fromEntries(Object.entries(result.details ?? {}));
    const checks = Object.fromEntries(
      Object.entries(details).map(([name, detail]) => [
        name,
        {
          status: detail.status === 'up' ? ('up' as const) : ('down' as const),
          ...(typeof detail.message === 'string' ? { message: detail.message } : {}),
        },
      ]),
    );
    const failed = Object.values(checks).some((check) => check.status === 'down');
    const report: HealthReport = { status: failed ? 'error' : degraded ? 'degraded' : 'ok', checks };
    this.last = { at: Date.now(), report };
    return report;
  }
}
