import { canonicalJson, EvidenceBundle, type HistoryEvent } from '@crisol/contracts';
import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { firstArgument, firstItems, textOption, type Command, type Run } from '../command.js';
import { ExitError, exitCodes, UsageError } from '../exit-codes.js';
import { facts } from '../output.js';

export const modelHistory: Command = {
  name: 'models history',
  synopsis: 'NAME [--as-of TIME] [--alias ALIAS] [--version NUMBER]',
  summary: 'What happened to a model, or what held at an instant',
  help: [
    '--as-of    what aliases, stages and versions were at that time (2026-05-01 or 2026-05-01T12:00:00Z)',
    '--alias    events of one alias',
    '--version  events of one version',
  ],
  options: { 'as-of': { type: 'string' }, alias: { type: 'string' }, version: { type: 'string' } },
  takes: 1,
  run: async (run) => {
    const model = firstArgument(run);
    const asOf = textOption(run.values, 'as-of');
    if (asOf !== undefined) return showAsOf(run, model, asOf);
    const alias = textOption(run.values, 'alias');
    const version = versionOption(run);
    const { signal, output } = run;
    const filters = { ...(alias === undefined ? {} : { alias }), ...(version === undefined ? {} : { version }) };
    const events = await firstItems(run.crisol().promotions.history(model, { signal, ...filters }));
    output.result(events, () =>
      output.table(
        ['WHEN', 'WHAT', 'ALIAS', 'FROM', 'TO', 'WHO', 'EVENT', 'COMMENT'],
        events.map((event) => [
          event.at,
          what(event),
          event.alias ?? '–',
          event.from ?? '–',
          to(event),
          event.actorName,
          event.id,
          event.comment,
        ]),
      ),
    );
  },
};

async function showAsOf({ crisol, output, signal }: Run, model: string, asOf: string): Promise<void> {
  const at = new Date(asOf);
  if (Number.isNaN(at.getTime())) throw new UsageError(`--as-of takes a time such as 2026-05-01T12:00:00Z, not ${asOf}.`);
  const held = await crisol().promotions.asOf(model, at.toISOString(), { signal });
  output.result(held, () =>
    facts([
      ['model', held.name],
      ['as of', held.asOf],
      ...held.aliases.map(
        ({ alias, version, since, movedBy, event }) => [`@${alias}`, `version ${version} since ${since} by ${movedBy} (${event})`] as const,
      ),
      ...held.stages.map(({ stage, version, since }) => [stage, `version ${version} since ${since}`] as const),
      ['versions', held.versions.join(' ') || '–'],
    ]),
  );
}

function versionOption({ values }: Run): number | undefined {
  const text = textOption(values, 'version');
  if (text !== undefined && !/^[1-9]\d*$/.test(text)) throw new UsageError(`--version takes a number, not ${text}.`);
  return text === undefined ? undefined : Number(text);
}

const what = ({ kind }: HistoryEvent): string => kind.replaceAll('_', ' ');
const to = (event: HistoryEvent): string => event.to ?? (event.from === null && event.version !== null ? String(event.version) : '–');

export const showEvidence: Command = {
  name: 'models evidence',
  synopsis: 'EVENT [--html]',
  summary: 'Print the signed evidence of a move of an alias',
  help: ['--html  as a page for people instead of the bundle'],
  options: { html: { type: 'boolean' } },
  takes: 1,
  run: async (run) => {
    const { signal, output, world, values } = run;
    const event = firstArgument(run);
    const bundle = await run.crisol().promotions.evidence(event, { signal });
    if (values['html'] !== true) return output.result(bundle, () => plainJson(bundle));
    const page = await run.crisol().promotions.evidencePage(modelOf(bundle), event, { signal });
    // Into a file as it is; a terminal is not to be steered by what stands in a comment.
    if (world.stdout.isTTY === true) output.result(page, () => page);
    else world.stdout.write(page);
  },
};

/** JSON in ASCII: no character of it is taken for a command of the terminal, and it still parses to the same. */
function plainJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function modelOf({ statement }: EvidenceBundle): string {
  const { model } = statement;
  if (typeof model === 'object' && model !== null && 'id' in model && typeof model.id === 'string') return model.id;
  throw new ExitError(exitCodes.error, 'The evidence names no model.');
}

export const verifyEvidence: Command = {
  name: 'models verify-evidence',
  synopsis: 'FILE [--key PEM]',
  summary: 'Check the signature of evidence (1 when it is not valid)',
  help: ['--key  file with the public key: nothing is asked of any server; else the key of the server is taken'],
  options: { key: { type: 'string' } },
  takes: 1,
  run: async (run) => {
    const bundle = await readBundle(firstArgument(run));
    const path = textOption(run.values, 'key');
    const key = path === undefined ? await keyOfServer(run, bundle.signature.keyId) : await readKey(path);
    const answer = judge(bundle, key);
    run.output.result(answer, () =>
      facts([
        ['signature', answer.valid ? run.output.style('green', 'valid') : run.output.style('red', 'not valid')],
        ...(answer.reason === null ? [] : [['reason', answer.reason] as const]),
        ['key', answer.keyId],
        ['statement', `SHA-256 ${answer.sha256}`],
      ]),
    );
    if (!answer.valid) throw new ExitError(exitCodes.error, 'The evidence is not what was signed.');
  },
};

interface Verdict {
  readonly valid: boolean;
  readonly reason: string | null;
  readonly keyId: string;
  readonly sha256: string;
}

function judge({ statement, signature }: EvidenceBundle, key: KeyObject): Verdict {
  const text = Buffer.from(canonicalJson(statement));
  const sha256 = createHash('sha256').update(text).digest('hex');
  const { keyId } = signature;
  const id = createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);
  if (id !== keyId) return { valid: false, reason: `it says that the key ${keyId} signed it, and this one is ${id}`, keyId, sha256 };
  const valid = verify(null, text, key, Buffer.from(signature.value, 'base64'));
  return { valid, reason: valid ? null : 'the statement or the signature was changed', keyId, sha256 };
}

async function readBundle(path: string): Promise<EvidenceBundle> {
  const parsed = EvidenceBundle.safeParse(parsedJson(await readText(path)));
  if (parsed.success) return parsed.data;
  throw new ExitError(exitCodes.error, `The file ${path} is no evidence: it needs a statement and a signature.`);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function readKey(path: string): Promise<KeyObject> {
  const text = await readText(path);
  try {
    const key = createPublicKey(text);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Said below, in the same words as for a key of another kind.
  }
  throw new ExitError(exitCodes.error, `The file ${path} holds no public Ed25519 key in PEM.`);
}

async function keyOfServer({ crisol, signal }: Run, keyId: string): Promise<KeyObject> {
  const keys = await crisol().promotions.evidenceKeys({ signal });
  const found = keys.find((key) => key.keyId === keyId);
  if (!found) throw new ExitError(exitCodes.error, `The server never signed with a key ${keyId}.`);
  return createPublicKey(found.publicKeyPem);
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => {
    throw new ExitError(exitCodes.error, `The file ${path} cannot be read.`);
  });
}

export const showCard: Command = {
  name: 'models card',
  synopsis: 'NAME [VERSION] [--html]',
  summary: 'Print the card of a version as Markdown',
  help: ['VERSION  number or @alias; the newest when left out', '--html   as a page that stands alone'],
  options: { html: { type: 'boolean' } },
  takes: 2,
  lastIsOptional: true,
  run: async (run) => {
    const { signal, output, values, world } = run;
    const model = firstArgument(run);
    const { promotions, models } = run.crisol();
    const version = run.arguments[1] ?? (await models.get(model, { signal })).latestVersion;
    if (version === null) throw new ExitError(exitCodes.notFound, `${model} has no version yet.`);
    if (output.options.json) return output.result(await promotions.card(model, version, { signal }), () => '');
    const html = values['html'] === true;
    const text = await promotions.exportCard(model, version, html ? 'html' : 'md', { signal });
    if (world.stdout.isTTY === true) output.result(text, () => text.trimEnd());
    else world.stdout.write(text);
  },
};
