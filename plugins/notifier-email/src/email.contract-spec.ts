import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { PluginManifest } from '@crisol/plugin-api';
import { describeContract, notifierContract } from '@crisol/plugin-testing';
import { readFileSync } from 'node:fs';
import { startMailServer, type TestMailServer } from '../test/start-mail-server.js';
import plugin from './plugin.js';

const target = { to: ['team@example.com'] };
const { crisol } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const settingsFor = (port: number) => ({ host: '127.0.0.1', port, security: 'none', from: 'crisol@example.com' });
let server: TestMailServer;
beforeAll(async () => {
  server = await startMailServer();
});
afterAll(() => server.close());

// Without `http`: it reaches its server by SMTP, and its own spec tells retry and refusal apart there.
describeContract({ describe, it }, notifierContract, {
  create: () => ({
    plugin,
    manifest: PluginManifest.parse(crisol),
    settings: settingsFor(server.port),
    // Port 1 of the own machine: nobody listens there.
    broken: { settings: settingsFor(1) },
    target,
    withTemplate: (template: string) => ({ ...target, textTemplate: template }),
  }),
  capabilities: ['preview', 'template', 'check'],
});
