import { Injectable } from '@nestjs/common';
import type { JobKind, Scope } from '@crisol/contracts';
import { grants } from '@crisol/contracts';
import type { Actor } from '../auth/actor.js';
import { problem } from '../http/problem.js';
import type { JobHandler } from './job-handler.js';

/** A handler whose types are known only to itself. */
// The ledger stores what one phase gives and hands it to the next phase of the same handler, so the three types always match.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyHandler = JobHandler<any, any, any>;

/** The kinds of work that this process knows. */
@Injectable()
export class HandlerRegistry {
  readonly #handlers = new Map<string, AnyHandler>();
  readonly #listeners: (() => void)[] = [];

  register(handler: AnyHandler): void {
    if (this.#handlers.has(handler.kind)) throw new TypeError(`Two handlers for the job kind ${handler.kind}`);
    this.#handlers.set(handler.kind, handler);
    for (const listener of this.#listeners) listener();
  }

  onRegistered(listener: () => void): void {
    this.#listeners.push(listener);
  }

  get kinds(): readonly string[] {
    return [...this.#handlers.keys()];
  }

  get(kind: JobKind): AnyHandler {
    const handler = this.#handlers.get(kind);
    if (!handler)
      throw problem('job_kind_unknown', {
        detail: `No part of this server does "${kind}"; it does ${this.kinds.join(', ') || 'nothing yet'}.`,
      });
    return handler;
  }

  /** Kinds whose jobs the actor may see. */
  visibleTo(actor: Actor): readonly string[] {
    return [...this.#handlers.values()].filter(({ scope }) => grants(actor.scopes, readScope(scope))).map(({ kind }) => kind);
  }
}

/** Who may see a job: whoever may read what its kind writes. */
function readScope(scope: Scope): Scope {
  const readers: Partial<Record<Scope, Scope>> = {
    'datasets:write': 'datasets:read',
    'quality:write': 'quality:read',
    'features:write': 'features:read',
    'experiments:write': 'experiments:read',
    'training:write': 'training:read',
    'models:write': 'models:read',
    'endpoints:write': 'endpoints:read',
    'monitoring:write': 'monitoring:read',
    'pipelines:write': 'pipelines:read',
    'pipelines:run': 'pipelines:read',
  };
  return readers[scope] ?? scope;
}
