import { Injectable } from '@nestjs/common';
import type { MlflowRoute, MlflowRoutes } from './mlflow-route.js';

/** The MLflow release whose protocol is spoken here. */
const protocolVersion = '3.17.2';

/** What clients ask before anything else. */
@Injectable()
export class ServerRoutes implements MlflowRoutes {
  routes(): readonly MlflowRoute[] {
    const info = { store_type: 'SqlStore', workspaces_enabled: false, trace_archival_enabled: false };
    return [
      { method: 'GET', path: '/api/3.0/mlflow/server-info', need: 'public', handle: () => info },
      { method: 'GET', path: '/ajax-api/3.0/mlflow/server-info', need: 'public', handle: () => info },
      {
        method: 'GET',
        path: '/version',
        need: 'public',
        handle: ({ reply }) => void reply.header('content-type', 'text/plain; charset=utf-8').send(protocolVersion),
      },
      {
        method: 'GET',
        path: '/health',
        need: 'public',
        handle: ({ reply }) => void reply.header('content-type', 'text/plain; charset=utf-8').send('OK'),
      },
    ];
  }
}
