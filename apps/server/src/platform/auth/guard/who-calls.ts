import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { problem } from '../../http/problem.js';
import type { Identity, IdentifiedRequest } from '../identity.js';

/** All that the guard found out about the caller; rooms take the Actor by `@Caller()` instead. */
export const WhoCalls = createParamDecorator((_data: unknown, context: ExecutionContext): Identity => {
  const { identity } = context.switchToHttp().getRequest<IdentifiedRequest>();
  if (!identity) throw problem('not_authenticated');
  return identity;
});
