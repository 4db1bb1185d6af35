#!/usr/bin/env node
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { kinds, newPlugin, type NewPlugin } from './new-plugin.js';
import { NotWritten, scaffold } from './scaffold.js';
import { codemods } from './upgrade/codemods.js';
import { upgrade } from './upgrade/upgrade.js';

const usage = `npm create crisol-plugin                     asks what it needs to know
npm create crisol-plugin -- --kind KIND --name NAME --yes
                                             KIND is one of ${kinds.join(', ')}
npm create crisol-plugin -- --upgrade        brings the plugin in this folder to the newest plugin API`;

/** Asks for what was not given. Reads line by line, so that answers may also come from a pipe. */
async function ask(given: {
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
}): Promise<{ kind: string; name: string }> {
  const terminal = createInterface({ input: process.stdin });
  const lines = terminal[Symbol.asyncIterator]();
  const answerTo = async (question: string): Promise<string> => {
    process.stdout.write(question);
    const { value, done } = await lines.next();
    if (done) throw new NotWritten('There was no answer: give --kind, --name and --yes.');
    return value.trim();
  };
  try {
    const kind = given.kind ?? (await answerTo(`Which kind? (${kinds.join(', ')}) `));
    const name = given.name ?? (await answerTo('Its name, in kebab-case? '));
    return { kind, name };
  } finally {
    terminal.close();
  }
}

async function create(plugin: NewPlugin): Promise<void> {
  const folder = resolve(plugin.id);
  const files = await scaffold(plugin, folder, new Date().getFullYear());
  console.log(`✓ ${plugin.id}: ${files.length} files in ${folder}\n\n  cd ${plugin.id}\n  npm install\n  npm test\n`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      kind: { type: 'string' },
      name: { type: 'string' },
      yes: { type: 'boolean', short: 'y', default: false },
      upgrade: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  if (values.upgrade) {
    const { from, to, steps } = await upgrade(process.cwd(), codemods);
    console.log(`✓ Plugin API ${from} → ${to}; package.json and vendor/ are up to date in ${join(process.cwd())}.`);
    for (const { title, files } of steps) console.log(`✓ ${title}: ${files.join(', ') || 'nothing to change'}`);
    console.log(`${steps.length === 0 ? 'Nothing else to do. ' : ''}Now run npm install and npm test.`);
    return 0;
  }
  const { kind, name } = values.yes ? { kind: values.kind ?? '', name: values.name ?? '' } : await ask(values);
  const plugin = newPlugin(kind, name);
  if (typeof plugin === 'string') {
    console.error(`✗ ${plugin}\n\n${usage}`);
    return 2;
  }
  await create(plugin);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  // A refusal and a wrong option are the caller's; anything else is ours and keeps its stack.
  const isCallers = error instanceof NotWritten || (error instanceof TypeError && 'code' in error);
  console.error(isCallers ? `✗ ${error.message}` : error);
  process.exitCode = isCallers ? 2 : 1;
}
