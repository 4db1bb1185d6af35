import type { PredictRequest, PredictResponse } from '@crisol/contracts';
import { readFile } from 'node:fs/promises';
import { firstArgument, firstItems, requiredOption, textOption, type Command, type Run } from '../command.js';
import { ExitError, exitCodes, UsageError } from '../exit-codes.js';
import { facts, numberText, type Output } from '../output.js';

type Instances = PredictRequest['instances'];

export const listEndpoints: Command = {
  name: 'endpoints ls',
  synopsis: '',
  summary: 'List endpoints with the figures of the last hour',
  takes: 0,
  run: async ({ crisol, output, signal }) => {
    const endpoints = await firstItems(crisol().endpoints.list({ signal }));
    output.result(endpoints, () =>
      output.table(
        ['NAME', 'VARIANTS', 'REQUESTS', 'ERRORS', 'P95 MS'],
        endpoints.map(({ name, variants, stats }) => [
          name,
          variants
            .map((variant) => `${variant.name}=${variant.share}(${variant.model}:${variant.resolvedVersion ?? '–'} ${variant.state})`)
            .join(' '),
          String(stats.requests),
          String(stats.errors),
          numberText(stats.p95Ms),
        ]),
      ),
    );
  },
};

export const createEndpoint: Command = {
  name: 'endpoints create',
  synopsis: 'NAME --model MODEL [--alias ALIAS]',
  summary: 'Make an endpoint that serves what an alias of a model names (champion)',
  options: { model: { type: 'string' }, alias: { type: 'string' } },
  takes: 1,
  run: async (run) => {
    const alias = textOption(run.values, 'alias') ?? 'champion';
    const endpoint = await run
      .crisol()
      .endpoints.create(
        { name: firstArgument(run), variants: [{ name: alias, model: requiredOption(run.values, 'model'), alias, share: 100 }] },
        { signal: run.signal },
      );
    run.output.result(endpoint, () =>
      facts([
        ['id', endpoint.id],
        ['name', endpoint.name],
        ['call', `${run.url}/api/v1/endpoints/${encodeURIComponent(endpoint.name)}/predict`],
      ]),
    );
  },
};

/** Rows from `@file`, `-` (stdin) or the text itself: one object, an array of them, or a whole request. */
export async function readInstances(run: Pick<Run, 'world'>, data: string): Promise<Instances> {
  const text = data === '-' ? await run.world.readStdin() : data.startsWith('@') ? await readText(data.slice(1)) : data;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError('-d takes JSON: a row, an array of rows, @FILE or - for stdin.');
  }
  if (typeof value === 'object' && value !== null && 'instances' in value && Array.isArray(value.instances)) value = value.instances;
  const rows: unknown[] = Array.isArray(value) ? value : [value];
  if (!rows.every(isRow)) throw new UsageError('Each row is an object such as {"island":"Biscoe"}.');
  return rows;
}

/** The server checks the cells, and names the one that is wrong. */
const isRow = (row: unknown): row is Instances[number] => typeof row === 'object' && row !== null && !Array.isArray(row);

function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => {
    throw new ExitError(exitCodes.error, `The file ${path} cannot be read.`);
  });
}

export const predict: Command = {
  name: 'predict',
  synopsis: "ENDPOINT -d @FILE | -d '{…}' | -d -",
  summary: 'Predict through an endpoint; 1 when some rows could not be predicted',
  options: { data: { type: 'string', short: 'd' } },
  takes: 1,
  run: async (run) => {
    const instances = await readInstances(run, requiredOption(run.values, 'data'));
    const answer = await run.crisol().endpoints.predict(firstArgument(run), instances, { signal: run.signal });
    run.output.result(answer, () => predictionText(run.output, answer));
    run.output.note(`${answer.modelVersion.model} version ${answer.modelVersion.version}, ${numberText(answer.timings.totalMs)} ms`);
    if (answer.partial) throw new ExitError(exitCodes.error, 'Some rows could not be predicted.');
  },
};

function predictionText(output: Output, answer: PredictResponse): string {
  return answer.predictions
    .map(({ value, confidence, error }) => {
      if (error) return `error ${error.code} ${error.pointer}: ${error.message}`;
      return confidence === undefined || output.options.quiet ? numberText(value) : `${numberText(value)}  ${numberText(confidence)}`;
    })
    .join('\n');
}
