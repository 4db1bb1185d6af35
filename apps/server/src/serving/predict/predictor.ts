import {
  looseNumber,
  type Prediction,
  type PredictRequest,
  type PredictResponse,
  type ProblemIssue,
  type Signature,
} from '@crisol/contracts';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/auth/actor.js';
import { Database } from '../../platform/database/database.js';
import { newId } from '../../platform/database/new-id.js';
import { problem, ProblemError } from '../../platform/http/problem.js';
import { ServableVersions } from '../../registry/servable-versions.js';
import { pickVariant, TrafficRouter, type RoutedVariant, type Route } from '../endpoints/traffic-router.js';
import type { LaneAnswer } from '../lanes/lane.js';
import { VersionPool, type LoadedVersion } from '../lanes/version-pool.js';
import { CallerShapes } from '../stats/caller-shapes.js';
import { EndpointStatistics } from '../stats/endpoint-stats.js';
import { ServingMetrics } from '../stats/serving-metrics.js';
import { completeInstances, describeLookup, FeatureLookups, type LookedUp } from './feature-lookups.js';
import type { EncodedInstances, InstanceEncoder } from './instance-encoder.js';
import { LoadShedder } from './load-shedder.js';

/** Faulty rows that a refusal lists. */
const mostIssues = 100;

/** Answers predictions. Nothing here touches the database once an endpoint is in memory. */
@Injectable()
export class Predictor {
  constructor(
    private readonly database: Database,
    private readonly router: TrafficRouter,
    private readonly pool: VersionPool,
    private readonly versions: ServableVersions,
    private readonly statistics: EndpointStatistics,
    private readonly metrics: ServingMetrics,
    private readonly shedder: LoadShedder,
    private readonly lookups: FeatureLookups,
    private readonly callers: CallerShapes,
  ) {}

  /** Predicts through an endpoint's traffic. */
  async byEndpoint(actor: Actor, nameOrId: string, request: PredictRequest): Promise<PredictResponse> {
    const started = performance.now();
    this.shedder.check();
    const route = this.router.known(nameOrId) ?? (await this.router.route(nameOrId));
    checkVisible(actor, route, nameOrId);
    const variant = pickVariant(route, request.options.stickyKey, Math.random());
    if (!variant) throw noVariant(route);
    try {
      const found = route.lookup && (await this.lookups.find(route.lookup, request.instances));
      const names = { endpoint: route.name, variant: variant.name };
      const response = await this.answer(variant.version, request, found, actor.requestId, started, names);
      this.note(route, variant, request.instances.length, 'ok', started);
      const { facts, encoder } = variant.version;
      this.callers.note(actor, facts.modelId, started, () => (found ? completeInstances(found, encoder) : request.instances));
      this.mirror(route, request, found);
      return response;
    } catch (error) {
      this.note(
        route,
        variant,
        request.instances.length,
        error instanceof ProblemError && error.status < 500 ? 'refused' : 'failed',
        started,
      );
      throw error;
    }
  }

  /** What an endpoint takes, by the signature of its first variant; for protocols whose rows may come without names. */
  async inputsOf(actor: Actor, nameOrId: string): Promise<Pick<Signature, 'inputs' | 'labels'>> {
    const route = await this.router.route(nameOrId);
    checkVisible(actor, route, nameOrId);
    const [variant] = route.variants;
    if (!variant) throw noVariant(route);
    return variant.version.facts.signature;
  }

  /** Predicts with one version, outside any traffic. */
  async byVersion(actor: Actor, model: string, version: string, request: PredictRequest): Promise<PredictResponse> {
    const started = performance.now();
    this.shedder.check();
    const named = version.startsWith('@') ? { alias: version.slice(1) } : { version: /^\d{1,9}$/.test(version) ? Number(version) : 0 };
    const facts = await this.database.read((em) => this.versions.find(em, model, named));
    if (!facts) throw problem('not_found', { detail: `There is no version ${version} of a model ${model}.` });
    return this.answer(await this.pool.get(facts), request, null, actor.requestId, started, { endpoint: null, variant: null });
  }

  private async answer(
    version: LoadedVersion,
    request: PredictRequest,
    found: LookedUp | null,
    requestId: string | null,
    started: number,
    names: { readonly endpoint: string | null; readonly variant: string | null },
  ): Promise<PredictResponse> {
    const { facts, encoder, lane } = version;
    const encoded = encode(encoder, request, found);
    if (encoded.good.length === 0) throw allInvalid(encoded);
    const before = performance.now();
    const result = await lane.run(encoded.feeds, encoded.good.length);
    const inferenceMs = performance.now() - before;
    this.metrics.duration.observe(
      { endpoint: names.endpoint ?? '', model: facts.model, version: facts.version, phase: 'execute' },
      inferenceMs / 1000,
    );
    const id = requestId ?? newId('req');
    return {
      requestId: id,
      endpoint: names.endpoint,
      variant: names.variant,
      modelVersion: { model: facts.model, version: facts.version },
      predictions: describeRows(id, facts.signature, encoded, result, request.options.probabilities),
      partial: encoded.good.length < request.instances.length,
      cached: false,
      ...(found && request.options.features === true && { features: describeLookup(found) }),
      timings: {
        queueMs: 0,
        featuresMs: round(before - started),
        inferenceMs: round(inferenceMs),
        totalMs: round(performance.now() - started),
      },
    };
  }

  private note(route: Route, variant: RoutedVariant, rows: number, outcome: 'ok' | 'refused' | 'failed', started: number): void {
    const { facts } = variant.version;
    this.statistics.count(route.id, variant.name, rows, outcome === 'failed', performance.now() - started);
    this.metrics.requests.inc({ endpoint: route.name, variant: variant.name, model: facts.model, version: facts.version, outcome });
    this.metrics.batchRows.observe({ endpoint: route.name }, rows);
  }

  /** Shadows see the same rows after the caller has the answer; whatever happens to them is theirs alone. */
  private mirror(route: Route, request: PredictRequest, found: LookedUp | null): void {
    for (const shadow of route.shadows) {
      const started = performance.now();
      const encoded = encode(shadow.version.encoder, request, found);
      if (encoded.good.length === 0) continue;
      shadow.version.lane.run(encoded.feeds, encoded.good.length).then(
        () => this.note(route, shadow, request.instances.length, 'ok', started),
        () => this.note(route, shadow, request.instances.length, 'failed', started),
      );
    }
  }
}

/** What a key may not see is not there for it. */
function checkVisible(actor: Actor, route: Route, asked: string): void {
  if (actor.endpoints && !actor.endpoints.has(route.name))
    throw problem('not_found', { detail: `There is no endpoint ${asked} for this key.` });
}

const noVariant = (route: Route): ProblemError =>
  problem('no_admitted_variant', {
    detail: `No variant of ${route.name} has a version that can serve; look at the endpoint for the reasons.`,
  });

function encode(encoder: InstanceEncoder, request: PredictRequest, found: LookedUp | null): EncodedInstances {
  return found ? encoder.encode(completeInstances(found, encoder), found.faults) : encoder.encode(request.instances);
}

function describeRows(
  requestId: string,
  signature: Signature,
  encoded: EncodedInstances,
  answer: LaneAnswer,
  withProbabilities: boolean,
): Prediction[] {
  const predictions: Prediction[] = new Array(encoded.faults.length);
  for (let i = 0; i < encoded.faults.length; i++) {
    const fault = encoded.faults[i];
    if (fault)
      predictions[i] = {
        id: `${requestId}.${i}`,
        error: { code: fault.code, pointer: pointerOf(i, fault.column), message: fault.message },
      };
  }
  for (let row = 0; row < encoded.good.length; row++) {
    const i = encoded.good[row] ?? 0;
    predictions[i] = { id: `${requestId}.${i}`, ...readRow(signature, answer, row, withProbabilities) };
  }
  return predictions;
}

function readRow(signature: Signature, answer: LaneAnswer, row: number, withProbabilities: boolean): Omit<Prediction, 'id'> {
  const { scores, labels } = answer;
  if (scores === null) {
    const value = labels?.[row] ?? null;
    return { value: typeof value === 'number' ? looseNumber(value) : (value ?? '') };
  }
  if (signature.labels === null) return { value: looseNumber(scores[row] ?? Number.NaN) };
  const classes = signature.labels;
  const start = row * classes.length;
  let best = 0;
  for (let k = 1; k < classes.length; k++) if ((scores[start + k] ?? 0) > (scores[start + best] ?? 0)) best = k;
  const found = { value: classes[best] ?? '', confidence: looseNumber(scores[start + best] ?? Number.NaN) };
  if (!withProbabilities) return found;
  const probabilities: Record<string, number | 'NaN' | 'Infinity' | '-Infinity'> = {};
  for (let k = 0; k < classes.length; k++) probabilities[classes[k] ?? ''] = looseNumber(scores[start + k] ?? Number.NaN);
  return { ...found, probabilities };
}

function allInvalid(encoded: EncodedInstances): ProblemError {
  const issues: ProblemIssue[] = [];
  for (let i = 0; i < encoded.faults.length && issues.length < mostIssues; i++) {
    const fault = encoded.faults[i];
    if (fault) issues.push({ pointer: pointerOf(i, fault.column), code: fault.code, message: fault.message });
  }
  return problem('all_rows_invalid', { errors: issues });
}

function pointerOf(row: number, column: string): string {
  return `/instances/${row}/${column.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
