import { Injectable, type CanActivate, type ExecutionContext, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { grants } from '@crisol/contracts';
import type { FastifyReply } from 'fastify';
import { Config } from '../../config/config.js';
import { StartFailure } from '../../database/start-failure.js';
import { problem } from '../../http/problem.js';
import { NEED, type Need } from '../../http/route-decorators.js';
import { LIMIT_POLICY, type LimitPolicyName } from '../../rate-limit/limit-policy.js';
import { RequestLimits } from '../../rate-limit/request-limits.js';
import type { Identity, IdentifiedRequest } from '../identity.js';
import { checkOrigin } from './csrf.js';
import { keyStrategy, sessionStrategy } from './strategies.js';

/** Nest's own metadata of a route handler. */
const routePath = 'path';

/** Asks passport's strategies who calls; nobody is an answer, not an error. */
const WhoAsks = class extends AuthGuard([keyStrategy, sessionStrategy]) {
  override handleRequest<User>(error: unknown, user: User): User {
    if (error) throw error;
    return user;
  }
};

/**
 * The one guard of every route: who calls, whether they may, how often. It denies by default, and a route that declares no
 * permission stops the start.
 */
@Injectable()
export class AccessGuard implements CanActivate, OnModuleInit {
  private readonly who = new WhoAsks({ session: false });

  constructor(
    private readonly config: Config,
    private readonly reflector: Reflector,
    private readonly limits: RequestLimits,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  onModuleInit(): void {
    const open = this.routesWithoutNeed();
    if (open.length > 0) throw new StartFailure(`These routes declare no permission: ${open.join(', ')}. Give each one @Needs.`);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<IdentifiedRequest>();
    const reply = http.getResponse<FastifyReply>();
    const need = this.reflector.getAllAndOverride<Need | undefined>(NEED, [context.getHandler(), context.getClass()]);
    if (need === undefined) throw problem('missing_scope', { detail: 'This route is closed.' });
    if (need === 'public') {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        checkOrigin(request, null, this.config.publicUrl);
        await this.limits.countAddress(request.ip, reply);
      }
      return true;
    }
    const policy =
      this.reflector.getAllAndOverride<LimitPolicyName | undefined>(LIMIT_POLICY, [context.getHandler(), context.getClass()]) ?? 'default';
    await this.admit(request, reply, need, policy, () => this.identify(context, request));
    return true;
  }

  /**
   * Lets a caller in who may, as often as they may; everybody else gets a problem. Apart from `canActivate` for handlers
   * that Nest does not call.
   */
  async admit(
    request: IdentifiedRequest,
    reply: FastifyReply,
    need: Exclude<Need, 'public'>,
    policy: LimitPolicyName,
    identify: () => Promise<Identity | null>,
  ): Promise<Identity> {
    if (policy !== 'open') this.limits.checkAddress(request.ip);
    const identity = await identify();
    if (!identity) {
      await this.limits.countAddress(request.ip, reply);
      throw problem('not_authenticated', { detail: 'Send an API key as Authorization: Bearer, or sign in.' });
    }
    request.identity = identity;
    request.actor = identity.actor;
    checkOrigin(request, identity, this.config.publicUrl);
    await this.limits.countCaller(identity, policy, reply);
    if (need !== 'authenticated' && !grants(identity.actor.scopes, need)) {
      throw problem('missing_scope', {
        detail: `This needs the scope ${need}, which ${identity.actor.kind === 'key' ? 'the key' : 'your role'} does not have.`,
      });
    }
    return identity;
  }

  private async identify(context: ExecutionContext, request: IdentifiedRequest): Promise<Identity | null> {
    await this.who.canActivate(context);
    const found: unknown = Reflect.get(request, 'user');
    return isIdentity(found) ? found : null;
  }

  private routesWithoutNeed(): string[] {
    const open: string[] = [];
    for (const { instance, metatype } of this.discovery.getControllers()) {
      if (!instance || !metatype) continue;
      const prototype: object = Object.getPrototypeOf(instance);
      for (const name of this.scanner.getAllMethodNames(prototype)) {
        const handler: unknown = Reflect.get(prototype, name);
        if (typeof handler !== 'function' || !Reflect.hasMetadata(routePath, handler)) continue;
        if (Reflect.getMetadata(NEED, handler) === undefined && Reflect.getMetadata(NEED, metatype) === undefined)
          open.push(`${metatype.name}.${name}`);
      }
    }
    return open;
  }
}

function isIdentity(value: unknown): value is Identity {
  return typeof value === 'object' && value !== null && 'actor' in value && 'session' in value;
}
