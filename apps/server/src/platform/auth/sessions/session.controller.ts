import { Body, Controller, Delete, Get, Post, Put, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ChangePassword, CompleteSetup, Me, SetupState, SignIn } from '@crisol/contracts';
import type { FastifyReply } from 'fastify';
import { Config } from '../../config/config.js';
import { problem } from '../../http/problem.js';
import { Answers, Needs } from '../../http/route-decorators.js';
import { RequestLimits } from '../../rate-limit/request-limits.js';
import { WhoCalls } from '../guard/who-calls.js';
import { PasswordCheck } from '../guard/password-check.js';
import type { Identity, IdentifiedRequest } from '../identity.js';
import { SetupService } from '../setup/setup.service.js';
import { SessionCookie } from './session-cookie.js';
import { SessionsService } from './sessions.service.js';
import { SignInService } from './sign-in.service.js';

/** Seconds that a browser keeps the cookie; the server ends sessions earlier. */
const cookieSeconds = 30 * 86_400;

@ApiTags('identity')
@Controller('api/v1')
export class SessionController {
  private readonly cookie: SessionCookie;

  constructor(
    config: Config,
    private readonly setup: SetupService,
    private readonly signIn: SignInService,
    private readonly sessions: SessionsService,
    private readonly passwords: PasswordCheck,
    private readonly limits: RequestLimits,
  ) {
    this.cookie = new SessionCookie(config.secureCookies);
  }

  @Get('setup')
  @Needs('public')
  @Answers(200, SetupState, { id: 'getSetup', summary: 'Whether the first administrator is still to be made' })
  async setupState(): Promise<SetupState> {
    return { needed: await this.setup.needed() };
  }

  @Post('setup')
  @Needs('public')
  @Answers(201, Me, { id: 'completeSetup', summary: 'Redeem the one-time sign-in link' })
  async completeSetup(
    @Body({ schema: CompleteSetup }) body: CompleteSetup,
    @Req() request: IdentifiedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Me> {
    return this.begin(await this.setup.complete(body, request.ip, request.id), request, reply);
  }

  @Post('session')
  @Needs('public')
  @Answers(201, Me, { id: 'signIn', summary: 'Sign in with user name and password' })
  async create(
    @Body({ schema: SignIn }) body: SignIn,
    @Req() request: IdentifiedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Me> {
    const user = await this.passwords.check(request, reply);
    if (!user) throw problem('invalid_credentials');
    return this.begin(await this.signIn.signIn(user, body.password, request.ip, request.id), request, reply);
  }

  @Delete('session')
  @Needs('authenticated')
  @Answers(204, null, { id: 'signOut', summary: 'End the session' })
  async remove(@WhoCalls() identity: Identity, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    await this.signIn.signOut(identity);
    void reply.header('set-cookie', this.cookie.clear());
  }

  @Get('me')
  @Needs('authenticated')
  @Answers(200, Me, { id: 'getMe', summary: 'Who calls, with scopes and limits' })
  me(@WhoCalls() identity: Identity): Me {
    return this.describe(identity);
  }

  @Put('me/password')
  @Needs('authenticated')
  @Answers(200, Me, { id: 'changePassword', summary: 'Change the password; ends all other sessions' })
  async changePassword(
    @WhoCalls() identity: Identity,
    @Body({ schema: ChangePassword }) body: ChangePassword,
    @Req() request: IdentifiedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Me> {
    return this.begin(await this.signIn.changePassword(identity, body, request.ip), request, reply);
  }

  private async begin(sessionId: string, request: IdentifiedRequest, reply: FastifyReply): Promise<Me> {
    void reply.header('set-cookie', this.cookie.write(sessionId, cookieSeconds));
    const identity = await this.sessions.verify(sessionId, request.id);
    if (!identity) throw problem('invalid_credentials');
    return this.describe(identity);
  }

  private describe({ actor, session, expiresAt, requestsPerMinute }: Identity): Me {
    return {
      kind: actor.kind === 'key' ? 'key' : 'user',
      id: actor.id ?? '',
      name: actor.name,
      scopes: [...actor.scopes],
      csrfToken: session?.csrfToken ?? null,
      limits: { requestsPerMinute: requestsPerMinute ?? this.limits.defaultLimit },
      expiresAt: expiresAt?.toISOString() ?? null,
    };
  }
}
