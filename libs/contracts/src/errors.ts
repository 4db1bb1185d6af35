/**
 * The one table of error codes. The server's problem filter, `docs/errors.md`, the SDK's types and the console's
 * messages all come from it. A code never changes its meaning once released.
 *
 * `kind` says whose fault it is: the caller's, a plugin's, a dependency's, or ours. `retry` says whether the same
 * request may succeed later without a change.
 */
export interface ErrorRow {
  readonly status: number;
  readonly title: string;
  readonly titleEs: string;
  readonly kind: 'caller' | 'plugin' | 'dependency' | 'server';
  readonly retry: boolean;
}

function defineErrors<Table extends Record<string, ErrorRow>>(table: Table): Readonly<Table> {
  return Object.freeze(table);
}

const caller = (status: number, title: string, titleEs: string, retry = false): ErrorRow => ({
  status,
  title,
  titleEs,
  kind: 'caller',
  retry,
});

export const errors = defineErrors({
  // requests
  malformed_request: caller(400, 'The request could not be parsed', 'La petición no se pudo interpretar'),
  invalid_cursor: caller(400, 'The cursor is not valid', 'El cursor no es válido'),
  invalid_filter: caller(400, 'The filter is not valid', 'El filtro no es válido'),
  invalid_sort: caller(400, 'The sort order is not valid', 'El orden no es válido'),
  invalid_header: caller(400, 'A header is not valid', 'Una cabecera no es válida'),
  validation_failed: caller(422, 'The request is not valid', 'La petición no es válida'),
  payload_too_large: caller(413, 'The request is too large', 'La petición es demasiado grande'),
  unsupported_media_type: caller(415, 'The content type is not supported here', 'El tipo de contenido no se admite aquí'),
  not_acceptable: caller(406, 'No acceptable representation', 'No hay una representación aceptable'),
  method_not_allowed: caller(405, 'The method is not allowed here', 'El método no se permite aquí'),
  not_found: caller(404, 'Not found', 'No encontrado'),
  misdirected_request: caller(421, 'This host is not served here', 'Este host no se sirve aquí'),
  rate_limited: caller(429, 'Too many requests', 'Demasiadas peticiones', true),
  // identity
  not_authenticated: caller(401, 'Authentication is required', 'Se requiere autenticación'),
  invalid_credentials: caller(401, 'The user name or the password is wrong', 'El usuario o la contraseña no son correctos'),
  missing_scope: caller(403, 'A scope is missing', 'Falta un permiso'),
  csrf_failed: caller(403, 'The request did not come from this console', 'La petición no procede de esta consola'),
  setup_token_invalid: caller(403, 'The sign-in link is not valid any more', 'El enlace de acceso ya no es válido'),
  weak_password: caller(422, 'The password is too weak', 'La contraseña es demasiado débil'),
  last_admin: caller(409, 'The last administrator stays', 'El último administrador se conserva'),
  key_not_active: caller(409, 'The key is revoked or expired', 'La clave está revocada o caducada'),
  // concurrency
  name_taken: caller(409, 'The name is taken', 'El nombre ya existe'),
  revision_required: caller(428, 'If-Match is required', 'Se requiere If-Match'),
  revision_mismatch: caller(412, 'Somebody changed it in between', 'Otra persona lo cambió entretanto'),
  still_in_use: caller(409, 'Something depends on it', 'Algo depende de ello'),
  idempotency_key_required: caller(400, 'Idempotency-Key is required', 'Se requiere Idempotency-Key'),
  idempotency_key_reused: caller(422, 'The Idempotency-Key was used for another request', 'La Idempotency-Key se usó para otra petición'),
  idempotency_in_flight: caller(
    409,
    'The first request with this Idempotency-Key is still running',
    'La primera petición con esta Idempotency-Key sigue en curso',
    true,
  ),
  // jobs
  job_kind_unknown: caller(422, 'The job kind is not known', 'El tipo de trabajo no se conoce'),
  job_not_finished: caller(404, 'The job is not finished', 'El trabajo no ha terminado', true),
  job_gone: caller(410, 'There is no such job', 'No existe ese trabajo'),
  job_not_retryable: caller(409, 'The job cannot be retried in this state', 'El trabajo no se puede repetir en este estado'),
  job_failed: caller(409, 'The job failed', 'El trabajo falló'),
  job_cancelled: caller(409, 'The job was cancelled', 'El trabajo se canceló'),
  job_lease_lost: {
    status: 409,
    title: 'Another worker took the job over',
    titleEs: 'Otro proceso tomó el trabajo',
    kind: 'server',
    retry: true,
  },
  job_crashed: {
    status: 409,
    title: 'The process that ran the job died',
    titleEs: 'El proceso que ejecutaba el trabajo murió',
    kind: 'server',
    retry: true,
  },
  job_timed_out: caller(409, 'The job ran past its deadline', 'El trabajo superó su plazo'),
  // data sets and quality
  file_empty: caller(422, 'The file has no rows', 'El fichero no tiene filas'),
  file_encoding: caller(422, 'The file is not UTF-8 text', 'El fichero no es texto UTF-8'),
  file_delimiter: caller(422, 'The columns could not be told apart', 'No se pudieron distinguir las columnas'),
  file_ragged: caller(422, 'A row has another number of columns', 'Una fila tiene otro número de columnas'),
  file_format: caller(422, 'The file is not in a format that is read here', 'El fichero no está en un formato admitido'),
  file_too_large: caller(413, 'The file is too large', 'El fichero es demasiado grande'),
  file_limits: caller(422, 'The table is past a limit', 'La tabla supera un límite'),
  upload_incomplete: caller(409, 'Parts of the upload are missing', 'Faltan partes de la carga'),
  digest_mismatch: caller(422, 'The bytes do not match the digest', 'Los bytes no coinciden con el resumen'),
  column_unknown: caller(422, 'There is no such column', 'No existe esa columna'),
  check_invalid: caller(422, 'A check is not valid', 'Una comprobación no es válida'),
  // training and registry
  model_type_unknown: caller(422, 'There is no such model type', 'No existe ese tipo de modelo'),
  training_data_unusable: caller(422, 'The data cannot be trained on', 'No se puede entrenar con estos datos'),
  run_not_finished: caller(409, 'The run has no model', 'La ejecución no tiene modelo'),
  run_finished: caller(409, 'The run has ended', 'La ejecución ha terminado'),
  run_deleted: caller(409, 'The run is deleted', 'La ejecución está eliminada'),
  experiment_deleted: caller(409, 'The experiment is deleted', 'El experimento está eliminado'),
  version_not_admitted: caller(409, 'The version has not passed admission', 'La versión no ha pasado la admisión'),
  gate_failed: caller(409, 'A gate refused the version', 'Una puerta rechazó la versión'),
  approval_missing: caller(409, 'An approval is missing', 'Falta una aprobación'),
  version_rejected: caller(409, 'Somebody rejected the version', 'Alguien rechazó la versión'),
  cooling_down: caller(409, 'The alias moved a short while ago', 'El alias se movió hace poco', true),
  approval_refused: caller(403, 'The approval does not count', 'La aprobación no cuenta'),
  model_refused: caller(422, 'The model was refused', 'El modelo fue rechazado'),
  // serving
  no_admitted_variant: caller(409, 'The endpoint has no version that can serve', 'El endpoint no tiene ninguna versión que pueda servir'),
  traffic_invalid: caller(422, 'The traffic split is not valid', 'El reparto de tráfico no es válido'),
  feature_missing: caller(422, 'A column is missing', 'Falta una columna'),
  feature_unknown: caller(422, 'The model has no such column', 'El modelo no tiene esa columna'),
  feature_type: caller(422, 'A value has the wrong type', 'Un valor tiene un tipo incorrecto'),
  feature_key_missing: caller(422, 'A key of the feature look-up is missing', 'Falta una clave de la consulta de características'),
  feature_lookup_invalid: caller(422, 'The feature look-up is not valid', 'La consulta de características no es válida'),
  feature_store_unavailable: {
    status: 503,
    title: 'The feature store does not answer',
    titleEs: 'El almacén de características no responde',
    kind: 'dependency',
    retry: true,
  },
  feature_store_read_only: caller(
    409,
    'The feature store takes no writes here',
    'El almacén de características no admite escrituras desde aquí',
  ),
  all_rows_invalid: caller(422, 'No row could be predicted', 'No se pudo predecir ninguna fila'),
  version_quarantined: {
    status: 503,
    title: 'The version is quarantined',
    titleEs: 'La versión está en cuarentena',
    kind: 'dependency',
    retry: true,
  },
  lane_unavailable: {
    status: 503,
    title: 'The model is being restarted',
    titleEs: 'El modelo se está reiniciando',
    kind: 'dependency',
    retry: true,
  },
  overloaded: {
    status: 503,
    title: 'The server is shedding load',
    titleEs: 'El servidor está descargando trabajo',
    kind: 'server',
    retry: true,
  },
  // plugins and channels
  plugin_unknown: caller(404, 'There is no such plugin', 'No existe ese plugin'),
  plugin_not_active: caller(409, 'The plugin is not active', 'El plugin no está activo'),
  plugin_settings_invalid: caller(422, 'The settings of the plugin are not valid', 'Los ajustes del plugin no son válidos'),
  plugin_listed: caller(409, 'The plugin is named in plugins.yaml', 'El plugin figura en plugins.yaml'),
  plugin_update_failed: caller(
    409,
    'The new version does not run; the former one goes on',
    'La nueva versión no funciona; sigue la anterior',
  ),
  plugin_permissions_differ: caller(409, 'The permissions are not those that were shown', 'Los permisos no son los que se mostraron'),
  install_not_staged: caller(409, 'The install cannot be confirmed in this state', 'La instalación no se puede confirmar en este estado'),
  install_refused: caller(409, 'The package cannot be installed', 'El paquete no se puede instalar'),
  plugin_call_failed: { status: 502, title: 'A plugin failed', titleEs: 'Un plugin falló', kind: 'plugin', retry: true },
  plugin_timed_out: {
    status: 502,
    title: 'A plugin did not answer in time',
    titleEs: 'Un plugin no respondió a tiempo',
    kind: 'plugin',
    retry: true,
  },
  address_refused: caller(422, 'The address may not be called', 'No se permite llamar a esa dirección'),
  // us
  storage_full: { status: 507, title: 'The storage is full', titleEs: 'El almacenamiento está lleno', kind: 'dependency', retry: true },
  database_unavailable: {
    status: 503,
    title: 'The database does not answer',
    titleEs: 'La base de datos no responde',
    kind: 'dependency',
    retry: true,
  },
  request_timeout: { status: 503, title: 'The request took too long', titleEs: 'La petición tardó demasiado', kind: 'server', retry: true },
  not_ready: { status: 503, title: 'The server is not ready', titleEs: 'El servidor no está listo', kind: 'server', retry: true },
  internal_error: {
    status: 500,
    title: 'Something failed on our side',
    titleEs: 'Algo falló por nuestra parte',
    kind: 'server',
    retry: false,
  },
});

/** Every stable error code. */
export type ErrorCode = keyof typeof errors;
