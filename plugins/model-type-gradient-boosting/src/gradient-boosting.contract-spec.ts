import { describe, it } from '@jest/globals';
import { PluginManifest } from '@crisol/plugin-api';
import { describeContract, modelTypeContract } from '@crisol/plugin-testing';
import { readFileSync } from 'node:fs';
import plugin from './plugin.js';

const { crisol } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

describeContract({ describe, it }, modelTypeContract, {
  create: () => ({ plugin, manifest: PluginManifest.parse(crisol), params: { rounds: 5 } }),
  capabilities: ['predict'],
});
