import { Injectable } from '@nestjs/common';
import type { MlflowRoute, MlflowRoutes } from './mlflow-route.js';

/** The MLflow release whose protocol is spoken here. */
const protocolVersion = '3.17.2';

/** What clients ask before anything else. */
@Injectable()
export class ServerRoutes implements MlflowRoutes {
  routes(): readonly MlflowRoute[] {
    // As the real server says it by default; clients read these to choose how to send files, and send them through us.
    const info = {
      store_type: 'SqlStore',
      workspaces_enabled: false,
      trace_archival_enabled: false,
      multipart_uploads_enabled: false,
      multipart_downloads_enabled: false,
      presigned_upload_run_id_supported: true,
      presigned_upload_model_id_supported: true,
      features_enabled: { gateway: true },
    };
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
