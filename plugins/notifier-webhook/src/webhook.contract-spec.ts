import { describe, it } from '@jest/globals';
import { PluginManifest } from '@crisol/plugin-api';
import { describeContract, notifierContract } from '@crisol/plugin-testing';
import { readFileSync } from 'node:fs';
import plugin from './plugin.js';

const target = { url: 'https://hooks.example.com/crisol', signingKey: 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=' };
const { crisol } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

describeContract({ describe, it }, notifierContract, {
  create: () => ({
    plugin,
    manifest: PluginManifest.parse(crisol),
    target,
    withTemplate: (template: string) => ({ ...target, titleTemplate: template }),
  }),
  capabilities: ['http', 'preview', 'template', 'retry-after', 'gone'],
});
