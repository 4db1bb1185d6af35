import { PluginManifest } from '@crisol/plugin-api';
import { describeContract, modelTypeContract } from '@crisol/plugin-testing';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import plugin from './plugin.ts';

const { crisol } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

describeContract({ describe, it }, modelTypeContract, {
  create: () => ({ plugin, manifest: PluginManifest.parse(crisol) }),
  capabilities: ['predict'],
});
