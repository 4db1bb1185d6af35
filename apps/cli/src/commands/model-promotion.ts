import type { ApprovalList, DecideApproval, PromotionCheck } from '@crisol/contracts';
import { textOption, type Command, type Run } from '../command.js';
import { ExitError, exitCodes, UsageError } from '../exit-codes.js';
import { facts, numberText } from '../output.js';

/** NAME and VERSION (a number or `@alias`). */
export function modelAndVersion({ arguments: [model, version] }: Run): { model: string; version: string } {
  if (model === undefined || version === undefined || !/^(\d+|@.+|ver_\w+)$/.test(version))
    throw new UsageError('Name the model and one of its versions, such as: penguins 2, or penguins @challenger.');
  return { model, version };
}

export const promoteModel: Command = {
  name: 'models promote',
  synopsis: 'NAME VERSION [--alias ALIAS] [--comment TEXT] [--dry-run]',
  summary: 'Move an alias to a version, or say what stands in the way (5)',
  help: ['--alias    alias to move (champion)', '--comment  why; it stays in the history', '--dry-run  only say what would happen'],
  options: { alias: { type: 'string' }, comment: { type: 'string' }, 'dry-run': { type: 'boolean' } },
  takes: 2,
  run: async (run) => {
    const { model, version } = modelAndVersion(run);
    const { signal, output, values } = run;
    const alias = textOption(values, 'alias') ?? 'champion';
    const promotions = run.crisol().promotions;
    const check = await promotions.check(model, version, alias, { signal });
    const dry = values['dry-run'] === true;
    const isThere = check.blockers.some(({ code }) => code === 'same_version');
    if (dry || isThere || !check.allowed) {
      output.result(check, () => checkText(check));
      if (!check.allowed && !isThere) throw new ExitError(exitCodes.conflict, `${check.model}@${alias} stays where it is.`);
      return;
    }
    const comment = textOption(values, 'comment') ?? '';
    const moved = await promotions.move(check.model, alias, check.version, check.aliasRevision, { signal, comment });
    output.result(moved, () => `${moved.model}@${moved.alias} names version ${moved.version} now${fromText(check)}.`);
  },
};

export const approveModel: Command = {
  name: 'models approve',
  synopsis: 'NAME VERSION [--alias ALIAS] [--comment TEXT] [--reject | --withdraw]',
  summary: 'Approve a version for an alias',
  help: [
    '--alias     alias that it may take (champion)',
    '--comment   why; it stays in the history',
    '--reject    say no: the alias stays until you think better of it',
    '--withdraw  take back what you said before',
  ],
  options: { alias: { type: 'string' }, comment: { type: 'string' }, reject: { type: 'boolean' }, withdraw: { type: 'boolean' } },
  takes: 2,
  run: async (run) => {
    const { model, version } = modelAndVersion(run);
    const { values, signal, output } = run;
    const body = {
      alias: textOption(values, 'alias') ?? 'champion',
      comment: textOption(values, 'comment') ?? '',
      decision: decisionOf(run),
    };
    const said = await run.crisol().promotions.decide(model, version, body, { signal });
    output.result(said, () => approvalsText(run, said));
  },
};

function decisionOf({ values }: Run): DecideApproval['decision'] {
  if (values['reject'] === true && values['withdraw'] === true) throw new UsageError('Give --reject or --withdraw, not both.');
  return values['reject'] === true ? 'rejected' : values['withdraw'] === true ? 'withdrawn' : 'approved';
}

function fromText({ incumbent, aliasRevision }: PromotionCheck): string {
  return incumbent === null || aliasRevision === null ? '' : `, before it version ${incumbent}`;
}

function checkText(check: PromotionCheck): string {
  const { gates, approvals, approvalsNeeded, metrics, signature, endpoints } = check;
  const counting = approvals.filter(({ counts, decision }) => counts && decision === 'approved').length;
  const pairs: (readonly [string, string])[] = [
    ['alias', `${check.model}@${check.alias}`],
    ['from', check.incumbent === null ? '–' : `version ${check.incumbent}`],
    ['to', `version ${check.version}`],
    ['allowed', check.allowed ? 'yes' : 'no'],
    ...check.blockers.map(({ message }) => ['blocker', message] as const),
    ...gates.map(({ gate, standing, required }) => [`gate ${gate}`, `${standing}${required ? '' : ' (not required)'}`] as const),
    ['approvals', `${counting} of ${approvalsNeeded}`],
    ...metrics.map(({ name, incumbent, candidate }) => [name, `${cell(incumbent)} → ${cell(candidate)}`] as const),
    ['signature', signature.compatible ? 'compatible' : 'breaks callers'],
    ...signature.changes.map(({ detail, breaking }) => [breaking ? 'breaking' : 'change', detail] as const),
    ['endpoints', endpoints.join(' ') || '–'],
  ];
  return facts(pairs);
}

const cell = (value: number | null): string => (value === null ? '–' : numberText(value));

function approvalsText({ output }: Run, { data }: ApprovalList): string {
  return output.table(
    ['WHEN', 'WHO', 'SAID', 'COUNTS', 'COMMENT'],
    data.map(({ at, byName, decision, counts, comment }) => [at, byName, decision, counts ? 'yes' : 'no', comment]),
  );
}
