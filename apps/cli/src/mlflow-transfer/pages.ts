import type { MlflowServer } from './mlflow-server.js';
import {
  ExperimentPage,
  LoggedModelPage,
  RegisteredModelPage,
  RunPage,
  VersionPage,
  type ExperimentAnswer,
  type LoggedModelAnswer,
  type RegisteredModelAnswer,
  type RunAnswer,
  type VersionAnswer,
} from './wire.js';
import { RefusedByServer } from './mlflow-server.js';

const api = '/api/2.0/mlflow';

async function* pages<Item>(next: (token: string) => Promise<{ items: readonly Item[]; token: string }>): AsyncGenerator<Item> {
  for (let token = ''; ;) {
    const page = await next(token);
    yield* page.items;
    if (page.token === '') return;
    token = page.token;
  }
}
const tokenIn = (token: string) => (token === '' ? {} : { page_token: token });

export function experimentsOf(server: MlflowServer): AsyncGenerator<ExperimentAnswer> {
  return pages(async (token) => {
    const body = { view_type: 'ALL', max_results: 1000, order_by: ['experiment_id ASC'], ...tokenIn(token) };
    const page = await server.send('POST', `${api}/experiments/search`, body, ExperimentPage);
    return { items: page.experiments, token: page.next_page_token };
  });
}

/** Oldest first, so that parents mostly come before their children. */
export function runsOf(server: MlflowServer, experiment: string, view: 'ALL' | 'ACTIVE_ONLY', filter = ''): AsyncGenerator<RunAnswer> {
  return pages(async (token) => {
    const order = ['attributes.start_time ASC'];
    const body = { experiment_ids: [experiment], run_view_type: view, max_results: 500, order_by: order, filter, ...tokenIn(token) };
    const page = await server.send('POST', `${api}/runs/search`, body, RunPage);
    return { items: page.runs, token: page.next_page_token };
  });
}

/** None where the server has none, as those of MLflow 2. */
export function loggedModelsOf(server: MlflowServer, experiment: string): AsyncGenerator<LoggedModelAnswer> {
  return pages(async (token) => {
    const body = {
      experiment_ids: [experiment],
      max_results: 50,
      order_by: [{ field_name: 'creation_timestamp', ascending: true }],
      ...tokenIn(token),
    };
    try {
      const page = await server.send('POST', `${api}/logged-models/search`, body, LoggedModelPage);
      return { items: page.models, token: page.next_page_token };
    } catch (error) {
      if (error instanceof RefusedByServer && token === '' && [404, 405, 501].includes(error.status)) return { items: [], token: '' };
      throw error;
    }
  });
}

export function registeredModelsOf(server: MlflowServer): AsyncGenerator<RegisteredModelAnswer> {
  return pages(async (token) => {
    const page = await server.get(
      `${api}/registered-models/search`,
      { max_results: 500, ...(token === '' ? {} : { page_token: token }) },
      RegisteredModelPage,
    );
    return { items: page.registered_models, token: page.next_page_token };
  });
}

/** By their numbers. */
export async function versionsOf(server: MlflowServer, model: string): Promise<VersionAnswer[]> {
  const quote = model.includes("'") ? '"' : "'";
  const versions: VersionAnswer[] = [];
  for await (const version of pages<VersionAnswer>(async (token) => {
    const query = { filter: `name = ${quote}${model}${quote}`, max_results: 1000, ...(token === '' ? {} : { page_token: token }) };
    const page = await server.get(`${api}/model-versions/search`, query, VersionPage);
    return { items: page.model_versions, token: page.next_page_token };
  }))
    versions.push(version);
  return versions.sort((a, b) => Number(a.version) - Number(b.version));
}
