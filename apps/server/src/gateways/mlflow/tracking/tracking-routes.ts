import { Injectable } from '@nestjs/common';
import type { MlflowRoute, MlflowRoutes } from '../mlflow-route.js';
import { ExperimentRoutes } from './experiment-routes.js';
import { HistoryRoutes } from './history-routes.js';
import { LoggingRoutes } from './logging-routes.js';
import { RunRoutes } from './run-routes.js';

/** MLflow's tracking protocol: experiments, runs, what they log, and their curves. */
@Injectable()
export class TrackingRoutes implements MlflowRoutes {
  constructor(
    private readonly experiments: ExperimentRoutes,
    private readonly runs: RunRoutes,
    private readonly logging: LoggingRoutes,
    private readonly histories: HistoryRoutes,
  ) {}

  routes(): readonly MlflowRoute[] {
    return [this.experiments, this.runs, this.logging, this.histories].flatMap((part) => part.routes());
  }
}

/** What the module provides for them. */
export const trackingProviders = [TrackingRoutes, ExperimentRoutes, RunRoutes, LoggingRoutes, HistoryRoutes];
