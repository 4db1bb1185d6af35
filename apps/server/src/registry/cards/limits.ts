import type { AdmissionRow } from '../admission/admission.entity.js';
import type { JudgementRow } from '../gates/judgement.entity.js';
import type { ModelVersionRow } from '../versions/model-version.entity.js';

/** A share of fewer rows than this is mostly chance. */
const fewRows = 30;
const shownNames = 5;

export interface Known {
  readonly version: Pick<ModelVersionRow, 'number' | 'signature' | 'runId' | 'datasetVersion'>;
  readonly admission: Pick<AdmissionRow, 'state' | 'report'>;
  readonly verdicts: readonly Pick<JudgementRow, 'gateName' | 'findings' | 'facts'>[];
}

/** What is known not to work, or not known to work, as sentences. */
export function limitsOf(known: Known): string[] {
  return [
    ...new Set([...admissionLimits(known), ...checkLimits(known), ...sliceLimits(known), ...evidenceLimits(known), ...inputLimits(known)]),
  ];
}

function admissionLimits({ admission }: Known): string[] {
  if (admission.state === 'admitted') return [];
  if (admission.state === 'stored') return ['It has no ONNX file: it is kept and given back, and cannot serve here.'];
  const reasons = admission.report.reasons.map(({ message }) => message);
  return [`It is not admitted (${admission.state})${reasons.length > 0 ? `: ${reasons.join(' ')}` : '.'}`];
}

function checkLimits({ verdicts }: Known): string[] {
  return verdicts.flatMap(({ gateName, findings }) =>
    findings.flatMap(({ check, outcome, message }) => {
      if (outcome === 'passed') return [];
      const weight = check.severity === 'warning' ? ', a warning' : '';
      return [`${check.type} of gate ${gateName} ${outcome === 'failed' ? 'failed' : 'could not be run'}${weight}: ${message}`];
    }),
  );
}

function sliceLimits({ verdicts }: Known): string[] {
  return verdicts.flatMap(({ gateName, findings }) =>
    findings.flatMap(({ check, slices = [] }) => {
      const small = slices.filter(({ rows }) => rows < fewRows);
      if (small.length === 0) return [];
      const names = small.slice(0, shownNames).map(({ name, rows }) => `${name} (${rows})`);
      const more = small.length > shownNames ? ` and ${small.length - shownNames} more` : '';
      return [
        `${check.type} of gate ${gateName} saw fewer than ${fewRows} rows of ${names.join(', ')}${more}: what it says of them is mostly chance.`,
      ];
    }),
  );
}

function evidenceLimits({ version, verdicts }: Known): string[] {
  const notes = verdicts.flatMap(({ facts }) => (Array.isArray(facts['notes']) ? facts['notes'].map(String) : []));
  if (verdicts.length > 0)
    return notes.filter((note) => !/^No version has held the alias yet|^The version holds the alias itself/.test(note));
  const untested = 'No gate has judged it, so nothing is known of its slices or of its fairness.';
  if (version.runId == null && version.datasetVersion == null)
    return [untested, 'It was not trained here: neither its data nor rows that it has not seen are known.'];
  return [untested];
}

function inputLimits({ version }: Known): string[] {
  const { signature } = version;
  if (!signature) return ['Its signature is not known, so what it takes is not checked.'];
  const text = signature.inputs.filter(({ levels }) => levels && levels.length > 0).map(({ name }) => name);
  const ranged = signature.inputs.filter(({ min, max }) => min !== undefined && max !== undefined);
  return [
    ...(text.length > 0 ? [`Values of ${listed(text)} that training did not see are taken as unseen.`] : []),
    ...(ranged.length > 0
      ? [`It was trained on ${listed(ranged.map(({ name, min, max }) => `${name} from ${min} to ${max}`))}; beyond that it guesses.`]
      : []),
  ];
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, shownNames).join(', ');
  return names.length > shownNames ? `${shown} and ${names.length - shownNames} more` : shown;
}
