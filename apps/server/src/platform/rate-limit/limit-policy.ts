import { SetMetadata } from '@nestjs/common';

/**
 * Which budget a route draws on. `default`: the caller's requests a minute. `predict`: its own, open until the key sets
 * predictionsPerMinute. `tracking`: none for callers with a key, since clients that log send thousands and retry a 429; addresses
 * without one pay as everywhere. `open`: none, for probes and for waits that must never answer 429.
 */
export type LimitPolicyName = 'default' | 'predict' | 'tracking' | 'open';
export const LIMIT_POLICY = Symbol('crisol.limit-policy');

/** Names the budget of a route; without it `default` holds. */
export const LimitPolicy = (name: LimitPolicyName): MethodDecorator & ClassDecorator => SetMetadata(LIMIT_POLICY, name);
