import type { PluginIsolation } from '@crisol/contracts';
import { Injectable } from '@nestjs/common';
import { InProcessRunner } from '../lifecycle/in-process-runner.js';
import { PluginRunners, type PluginRunner } from '../lifecycle/plugin-runner.js';
import { PluginScopes } from '../scope/plugin-scopes.js';
import { IsolatedRunner } from './isolated-runner.js';

/** The two ways to run a plugin in the server's own processes. */
@Injectable()
export class ServerPluginRunners extends PluginRunners {
  private readonly runners: Readonly<Record<PluginIsolation, PluginRunner>>;

  constructor(scopes: PluginScopes) {
    super();
    this.runners = { in_process: new InProcessRunner(scopes), isolated: new IsolatedRunner(scopes) };
  }

  of(isolation: PluginIsolation): PluginRunner {
    return this.runners[isolation];
  }
}
