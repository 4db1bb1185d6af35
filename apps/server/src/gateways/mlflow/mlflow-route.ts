import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../platform/auth/actor.js';
import type { Need } from '../../platform/http/route-decorators.js';
import type { LimitPolicyName } from '../../platform/rate-limit/limit-policy.js';

/** One request on a path of MLflow's protocol. */
export interface MlflowCall {
  readonly actor: Actor;
  /** Of the path. */
  readonly params: Readonly<Record<string, string>>;
  /** The JSON body, or the query of a GET; always an object. In a query every value is a string or a list of strings. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** JSON that is a text already: what the database put together needs no second walk. */
export class RawJson {
  constructor(readonly text: string) {}
}

export interface MlflowRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The whole path, such as `/api/2.0/mlflow/runs/get`, with `:parameters` and `*`. */
  readonly path: string;
  readonly need: Need;
  /** Which budget it draws on; `tracking` when left out. */
  readonly policy?: LimitPolicyName;
  /** The body is not JSON: the handler reads `request.body` as a stream. */
  readonly stream?: boolean;
  /** An object is the answer, with status 200; nothing means that the handler has answered by itself. */
  readonly handle: (call: MlflowCall) => Promise<object | undefined> | object | undefined;
}

/** The paths under which a call of the protocol is known: `/api/2.0` for clients, `/ajax-api/2.0` for pages. */
export const mlflowPaths = (path: string): readonly string[] => [`/api/2.0/mlflow/${path}`, `/ajax-api/2.0/mlflow/${path}`];

/** A set of routes that the gateway mounts. */
export interface MlflowRoutes {
  routes(): readonly MlflowRoute[];
}
