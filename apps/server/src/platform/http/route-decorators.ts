import { applyDecorators, createParamDecorator, HttpCode, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { ApiExtension, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { Scope } from '@crisol/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Actor } from '../auth/actor.js';
import { problem } from './problem.js';

/** What a route asks for: a scope, any signed-in caller, or nothing. A route without one stops the start. */
export type Need = Scope | 'authenticated' | 'public';
export const NEED = Symbol('crisol.need');

/** Declares the permission of a route. */
export const Needs = (need: Need): MethodDecorator => applyDecorators(SetMetadata(NEED, need), ApiExtension('x-crisol-scope', need));

/** Declares the answer of a route: its status, its schema, and the operationId (verbNoun, the SDK's method name). */
export function Answers(status: number, schema: z.ZodType | null, operation?: { id: string; summary: string }): MethodDecorator {
  return applyDecorators(
    HttpCode(status),
    ...(schema ? [ApiResponse({ status, standardSchema: schema })] : [ApiResponse({ status })]),
    ...(operation ? [ApiOperation({ operationId: operation.id, summary: operation.summary })] : []),
  );
}

/** A request after the guard: it carries the actor and the request id. */
export interface CrisolRequest extends FastifyRequest {
  actor?: Actor;
}

/** The caller, as the guard found it. */
export const Caller = createParamDecorator((_data: unknown, context: ExecutionContext): Actor => {
  const request = context.switchToHttp().getRequest<CrisolRequest>();
  if (!request.actor) throw problem('not_authenticated');
  return request.actor;
});

/** The revision of `If-Match: "r7"`; undefined when the header is absent, null for `*`. */
export const IfMatch = createParamDecorator((_data: unknown, context: ExecutionContext): number | null | undefined => {
  const header = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'];
  if (header === undefined) return undefined;
  if (header.trim() === '*') return null;
  const match = /^"r(\d+)"$/.exec(header.trim());
  if (!match?.[1]) throw problem('invalid_header', { detail: 'If-Match is not an ETag of this server; it looks like "r7".' });
  return Number(match[1]);
});

/** Aborts when the client goes away. */
export const RequestSignal = createParamDecorator((_data: unknown, context: ExecutionContext): AbortSignal => {
  const http = context.switchToHttp();
  const abort = new AbortController();
  http.getResponse<FastifyReply>().raw.once('close', () => abort.abort());
  return abort.signal;
});
