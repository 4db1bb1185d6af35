import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { collectDefaultMetrics, Gauge, register } from 'prom-client';
import { Needs } from '../http/route-decorators.js';
import { serverVersion } from '../meta/server-version.js';

if (!register.getSingleMetric('crisol_build_info')) {
  collectDefaultMetrics();
  new Gauge({ name: 'crisol_build_info', help: 'Always 1; the version is in the label', labelNames: ['version'] }).set(
    { version: serverVersion },
    1,
  );
}

/** What Prometheus scrapes. It holds counts and durations, never names of users, keys or values. */
@ApiExcludeController()
@Controller('metrics')
export class MetricsController {
  @Get()
  @Needs('public')
  @Header('content-type', register.contentType)
  async scrape(): Promise<string> {
    return register.metrics();
  }
}
