import { PluginManifest } from '@crisol/plugin-api';
import { describeContract, notifierContract } from '@crisol/plugin-testing';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import plugin from './plugin.ts';

const { crisol } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const target = { url: 'https://chat.example.com/hook', token: 'open sesame' };

describeContract({ describe, it }, notifierContract, {
  create: () => ({ plugin, manifest: PluginManifest.parse(crisol), target, withTemplate: (template) => ({ ...target, template }) }),
  capabilities: ['http', 'preview', 'template'],
});
