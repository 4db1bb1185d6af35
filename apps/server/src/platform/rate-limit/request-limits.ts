import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Identity } from '../auth/identity.js';
import { Config } from '../config/config.js';
import { problem } from '../http/problem.js';
import type { LimitPolicyName } from './limit-policy.js';
import { budgetHeaders, type Budget } from './limiter.js';
import { LimiterFactory } from './limiter-factory.js';

const windowSeconds = 60;

function show(reply: FastifyReply, budget: Budget): void {
  reply.headers(budgetHeaders(budget));
}

function refuseWhenExceeded(budget: Budget, whose: string): void {
  if (!budget.exceeded) return;
  throw problem('rate_limited', {
    detail: `${whose} may make ${budget.limit} requests in ${budget.windowSeconds} s. Try again in ${budget.resetSeconds} s.`,
    retryAfterSeconds: budget.resetSeconds,
    headers: budgetHeaders(budget),
  });
}

/**
 * The budgets of requests. Addresses pay for what comes without a valid key or session; an address that spent its budget
 * is refused before anything is looked up. A key or user pays for the rest, wherever it calls from.
 */
@Injectable()
export class RequestLimits implements OnModuleInit {
  private readonly addresses;
  private readonly callers;
  private readonly predictions;
  private readonly limit: number;

  constructor(
    config: Config,
    factory: LimiterFactory,
    private readonly adapterHost: HttpAdapterHost,
  ) {
    this.limit = config.requestsPerMinute;
    this.addresses = factory.create('address', windowSeconds);
    this.callers = factory.create('default', windowSeconds);
    this.predictions = factory.create('predict', windowSeconds);
  }

  /** Answers that no guard saw (unknown paths, the console's files, refused bodies) show the address's budget. */
  onModuleInit(): void {
    const adapter = this.adapterHost.httpAdapter;
    if (!adapter || adapter.getType() !== 'fastify') return;
    const fastify: FastifyInstance = adapter.getInstance();
    fastify.addHook('onSend', (request, reply, payload, done) => {
      if (!reply.hasHeader('ratelimit')) show(reply, this.addresses.peek(request.ip, this.limit));
      done(null, payload);
    });
  }

  checkAddress(address: string): void {
    if (this.addresses.isSpent(address, this.limit)) refuseWhenExceeded(this.addresses.peek(address, this.limit), 'An address');
  }

  async countAddress(address: string, reply: FastifyReply): Promise<void> {
    const budget = await this.addresses.consume(address, this.limit);
    show(reply, budget);
    refuseWhenExceeded(budget, 'An address');
  }

  async countCaller(identity: Identity, policy: LimitPolicyName, reply: FastifyReply): Promise<void> {
    const caller = identity.actor.id ?? identity.actor.name;
    const limit = identity.requestsPerMinute ?? this.limit;
    if (policy === 'default') {
      const budget = await this.callers.consume(caller, limit);
      show(reply, budget);
      refuseWhenExceeded(budget, 'This caller');
    } else if (policy === 'predict' && identity.predictionsPerMinute !== null) {
      const budget = await this.predictions.consume(caller, identity.predictionsPerMinute);
      show(reply, budget);
      refuseWhenExceeded(budget, 'This key');
    } else {
      show(reply, this.callers.peek(caller, limit));
    }
  }

  /** Requests a minute of a caller that sets none. */
  get defaultLimit(): number {
    return this.limit;
  }
}
