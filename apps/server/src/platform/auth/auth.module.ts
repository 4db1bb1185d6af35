import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AccessGuard } from './guard/access.guard.js';
import { PasswordCheck } from './guard/password-check.js';
import { KeyStrategy, PasswordStrategy, SessionStrategy } from './guard/strategies.js';
import { KeyVerifier } from './keys/key-verifier.js';
import { KeysController } from './keys/keys.controller.js';
import { KeysService } from './keys/keys.service.js';
import { PasswordHasher } from './passwords/password-hasher.js';
import { SessionController } from './sessions/session.controller.js';
import { SessionsService } from './sessions/sessions.service.js';
import { SignInService } from './sessions/sign-in.service.js';
import { SignInThrottle } from './sessions/sign-in-throttle.js';
import { SetupService } from './setup/setup.service.js';
import { People } from './users/people.js';
import { UsersController } from './users/users.controller.js';
import { UsersService } from './users/users.service.js';

@Global()
@Module({
  imports: [DiscoveryModule],
  controllers: [SessionController, KeysController, UsersController],
  providers: [
    PasswordHasher,
    SignInThrottle,
    SignInService,
    SessionsService,
    KeyVerifier,
    KeysService,
    UsersService,
    People,
    SetupService,
    KeyStrategy,
    SessionStrategy,
    PasswordStrategy,
    PasswordCheck,
    AccessGuard,
  ],
  exports: [AccessGuard, KeyVerifier, KeysService, SessionsService, SetupService, People],
})
export class AuthModule {}
