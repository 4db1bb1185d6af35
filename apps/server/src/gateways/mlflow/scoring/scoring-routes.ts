import { Injectable } from '@nestjs/common';
import type { PredictResponse } from '@crisol/contracts';
import type { FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import { problem, ProblemError } from '../../../platform/http/problem.js';
import { Predictor } from '../../../serving/predict/predictor.js';
import { MlflowError } from '../mlflow-error.js';
import type { MlflowCall, MlflowRoute, MlflowRoutes } from '../mlflow-route.js';
import { readCsvRows, readJsonRows } from './read-rows.js';

/** Bytes of a request, as on the native route. */
const bodyLimit = 10 * 1024 * 1024;

/** MLflow's scoring protocol, which SageMaker's clients speak too: `/ping` and `/invocations` of each endpoint. */
@Injectable()
export class ScoringRoutes implements MlflowRoutes {
  constructor(private readonly predictor: Predictor) {}

  routes(): readonly MlflowRoute[] {
    return [
      { method: 'GET', path: '/endpoints/:endpoint/ping', need: 'endpoints:predict', handle: (call) => this.ping(call) },
      {
        method: 'POST',
        path: '/endpoints/:endpoint/invocations',
        need: 'endpoints:predict',
        policy: 'predict',
        stream: true,
        handle: (call) => this.invoke(call),
      },
    ];
  }

  private async ping({ actor, params, reply }: MlflowCall): Promise<undefined> {
    await this.predictor.inputsOf(actor, params['endpoint'] ?? '');
    void reply.header('content-type', 'application/json').send('\n');
  }

  private async invoke({ actor, params, request }: MlflowCall): Promise<object> {
    const endpoint = params['endpoint'] ?? '';
    const { inputs, labels } = await this.predictor.inputsOf(actor, endpoint);
    const read = readerFor(request.headers['content-type']);
    const instances = read(await textOf(request), inputs);
    try {
      const answer = await this.predictor.byEndpoint(actor, endpoint, { instances, options: { probabilities: false } });
      return { predictions: predictionsOf(answer, labels) };
    } catch (error) {
      // A row that cannot be predicted is the caller's, and here there is no answer for the others alone.
      if (error instanceof ProblemError && error.code === 'all_rows_invalid') {
        throw new MlflowError(
          'BAD_REQUEST',
          (error.options.errors ?? []).map((fault) => `${fault.pointer.slice(1)} ${fault.message}`).join('; '),
        );
      }
      throw error;
    }
  }
}

function readerFor(header: string | undefined): typeof readJsonRows {
  const [type = '', ...parameters] = (header ?? '').split(';').map((part) => part.trim().toLowerCase());
  const known = parameters.every((parameter) => parameter === '' || /^charset="?utf-?8"?$/.test(parameter));
  if (known && type === 'application/json') return readJsonRows;
  if (known && type === 'text/csv') return readCsvRows;
  throw new MlflowError('BAD_REQUEST', 'Send application/json or text/csv, without parameters other than charset=utf-8.', 415);
}

async function textOf(request: FastifyRequest): Promise<string> {
  const body = request.body as Readable | undefined; // the parser of stream routes hands the payload on
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
    size += bytes.length;
    if (size > bodyLimit) throw problem('payload_too_large', { detail: `A request has at most ${bodyLimit} bytes.` });
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Labels that are whole numbers come back as numbers, as the library that made the model gives them. */
function predictionsOf(answer: PredictResponse, labels: readonly string[] | null): (string | number | null)[] {
  const faulty = answer.predictions.findIndex((prediction) => prediction.error !== undefined);
  const fault = answer.predictions[faulty]?.error;
  if (fault) throw new MlflowError('BAD_REQUEST', `${fault.pointer.slice(1)} ${fault.message}`);
  const numeric = labels !== null && labels.every((label) => /^-?(0|[1-9]\d{0,15})$/.test(label));
  return answer.predictions.map(({ value }) => (value === undefined ? null : numeric ? Number(value) : value));
}
