import type { EvidenceBundle } from '@crisol/contracts';
import { z } from 'zod';
import { html, page, type Html } from '../../platform/http/html.js';

const Metrics = z.record(z.string(), z.union([z.number(), z.string(), z.null()]));
const Finding = z.object({ check: z.string(), severity: z.string().optional(), outcome: z.string(), message: z.string() });
const Gate = z.object({
  gate: z.string(),
  required: z.boolean().optional(),
  revision: z.number(),
  judgement: z.string(),
  verdict: z.string(),
  incumbent: z.number().nullable(),
  findings: z.array(Finding),
  at: z.string(),
});
const ApprovalFact = z.object({ decision: z.string(), byName: z.string(), comment: z.string(), at: z.string() });
const Guard = z.object({
  version: z.number(),
  since: z.string(),
  until: z.string(),
  requests: z.number(),
  errors: z.number(),
  p95Ms: z.number().nullable(),
  maxErrorShare: z.number().nullable(),
  maxP95Ms: z.number().nullable(),
});
/** What the page shows of a statement; what a newer server adds beside it stands in the bundle. */
const Statement = z.object({
  type: z.string(),
  event: z.object({ id: z.string(), kind: z.string(), at: z.string() }),
  model: z.object({ id: z.string(), name: z.string() }),
  alias: z.string(),
  revision: z.number(),
  from: z.number().nullable(),
  to: z.number().nullable(),
  actor: z.object({ id: z.string().nullable(), name: z.string() }),
  comment: z.string(),
  previous: z.object({ event: z.string(), sha256: z.string() }).nullable(),
  evidence: z.object({
    sha256: z.string().nullable().optional(),
    metrics: Metrics.optional(),
    run: z.string().nullable().optional(),
    datasetVersion: z
      .object({ dataset: z.string(), version: z.number(), sha256: z.string().nullable(), rows: z.number().optional() })
      .nullable()
      .optional(),
    admission: z
      .object({ state: z.string(), lane: z.string().nullable(), finishedAt: z.string().nullable(), steps: z.array(z.string()) })
      .optional(),
    incumbent: z.object({ version: z.number(), sha256: z.string().nullable(), metrics: Metrics }).nullable().optional(),
    gates: z.array(Gate).optional(),
    approvals: z.array(ApprovalFact).optional(),
    policy: z
      .object({
        revision: z.number(),
        approvals: z.number(),
        approvers: z.array(z.string()),
        selfApproval: z.boolean(),
        coolDownMinutes: z.number(),
        autoPromote: z.boolean(),
      })
      .optional(),
    goingBack: z.boolean().optional(),
    guardrail: Guard.optional(),
  }),
});
type Statement = z.infer<typeof Statement>;

/** What spoke for a move, for people: everything that the signature covers, and how to check it. */
export function evidencePage({ statement, signature }: EvidenceBundle, sha256: string): string {
  const told = Statement.parse(statement);
  const { model, alias, event, evidence } = told;
  const title = `${model.name}@${alias}: ${headline(told)}`;
  return page(
    title,
    html`<h1>${title}</h1>
      <p class="soft">Evidence of one move of an alias, as it stood when it was made.</p>
      ${facts([
        ['When', event.at],
        ['Who', told.actor.name],
        ['Why', told.comment === '' ? 'no comment' : told.comment],
        ['Model', `${model.name} (${model.id})`],
        ['Event', `${event.id}, revision ${told.revision} of the alias`],
        ['Data', dataText(evidence.datasetVersion)],
        ['Run', evidence.run ?? 'none'],
        ['SHA-256 of the file', evidence.sha256 ?? 'no ONNX file'],
        ['Admission', admissionText(evidence.admission)],
      ])}
      ${guardSection(evidence.guardrail)} ${metricSection(evidence)} ${(evidence.gates ?? []).map(gateSection)} ${policySection(evidence)}
      <h2>Signature</h2>
      ${facts([
        ['Algorithm', `${signature.algorithm} over the canonical JSON (RFC 8785) of the statement`],
        ['Key', signature.keyId],
        ['Signature', signature.value],
        ['SHA-256 of the statement', sha256],
        [
          'Statement before this one',
          told.previous ? `${told.previous.event}, SHA-256 ${told.previous.sha256}` : 'none: the first of this alias',
        ],
      ])}
      <p>
        This page is a reading of the bundle; the bundle is what was signed. To check it:
        <code>crisol models evidence ${event.id} &gt; bundle.json</code>, then
        <code>crisol models verify-evidence bundle.json --key key.pem</code> with the public key <code>${signature.keyId}</code> of
        <code>/api/v1/evidence-keys</code>.
      </p>`,
  );
}

function headline({ from, to, event }: Statement): string {
  if (to === null) return `taken away from version ${from ?? '?'}`;
  const way = from === null ? `set to version ${to}` : `version ${from} → ${to}`;
  return event.kind === 'demoted' ? `${way}, taken back by the guardrail` : way;
}

function facts(rows: readonly (readonly [string, string])[]): Html {
  return html`<dl>
    ${rows.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

function dataText(data: Statement['evidence']['datasetVersion']): string {
  if (!data) return 'not known';
  const rows = data.rows === undefined ? '' : `, ${data.rows} rows`;
  return `${data.dataset} v${data.version}${rows}, SHA-256 ${data.sha256 ?? 'not known: the data are gone'}`;
}

function admissionText(admission: Statement['evidence']['admission']): string {
  if (!admission) return 'not asked for';
  const { state, lane, steps, finishedAt } = admission;
  return [state, lane === null ? null : `lane ${lane}`, finishedAt, ...steps].filter((part) => part !== null).join('; ');
}

function guardSection(guard: z.infer<typeof Guard> | undefined): Html | null {
  if (!guard) return null;
  return html`<h2>Guardrail</h2>
    ${facts([
      ['Version taken back', String(guard.version)],
      ['Watched', `${guard.since} to ${guard.until}`],
      ['Requests', String(guard.requests)],
      ['Failed', `${guard.errors}${guard.maxErrorShare === null ? '' : `, allowed ${guard.maxErrorShare * 100} %`}`],
      [
        '95 % within',
        `${guard.p95Ms === null ? 'not known' : `${guard.p95Ms.toPrecision(3)} ms`}${guard.maxP95Ms === null ? '' : `, allowed ${guard.maxP95Ms} ms`}`,
      ],
    ])}`;
}

function metricSection({ metrics = {}, incumbent }: Statement['evidence']): Html | null {
  const names = [...new Set([...Object.keys(metrics), ...Object.keys(incumbent?.metrics ?? {})])].sort();
  if (names.length === 0) return null;
  return html`<h2>Metrics</h2>
    <table>
      <tr>
        <th>Metric</th>
        <th>This version</th>
        ${incumbent ? html`<th>Version ${incumbent.version} before</th>` : null}
      </tr>
      ${names.map(
        (name) =>
          html`<tr>
            <td>${name}</td>
            <td>${metrics[name] ?? '–'}</td>
            ${incumbent ? html`<td>${incumbent.metrics[name] ?? '–'}</td>` : null}
          </tr>`,
      )}
    </table>`;
}

function gateSection(gate: z.infer<typeof Gate>): Html {
  const tone = gate.verdict === 'passed' ? 'good' : 'bad';
  return html`<h2>Gate ${gate.gate}: <span class="${tone}">${gate.verdict}</span></h2>
    <p class="soft">
      ${gate.required === false ? 'Only reports' : 'Required'}; revision ${gate.revision}, judged
      ${gate.at}${gate.incumbent === null ? '' : ` against version ${gate.incumbent}`} (${gate.judgement})
    </p>
    <table>
      <tr>
        <th>Check</th>
        <th>Outcome</th>
        <th>What it found</th>
      </tr>
      ${gate.findings.map(
        (finding) =>
          html`<tr>
            <td>${finding.check}${finding.severity === 'warning' ? ' (warning)' : ''}</td>
            <td class="${finding.outcome === 'passed' ? 'good' : 'bad'}">${finding.outcome}</td>
            <td>${finding.message}</td>
          </tr>`,
      )}
    </table>`;
}

function policySection({ policy, approvals = [], goingBack }: Statement['evidence']): Html | null {
  if (!policy) return null;
  const asked = [
    `${policy.approvals} approvals${policy.approvers.length > 0 ? ` of ${policy.approvers.join(', ')}` : ''}`,
    policy.selfApproval ? 'own ones count' : 'own ones do not count',
    `${policy.coolDownMinutes} minutes between moves`,
    policy.autoPromote ? 'promotes by itself' : 'moved by people',
  ];
  return html`<h2>Policy and approvals</h2>
    <p>Revision ${policy.revision}: ${asked.join('; ')}.${goingBack === true ? ' This move went back, which needs no approval.' : ''}</p>
    ${
      approvals.length === 0
        ? html`<p class="soft">Nobody's approval counted for this move.</p>`
        : html`<table>
            <tr>
              <th>Who</th>
              <th>Said</th>
              <th>When</th>
              <th>Comment</th>
            </tr>
            ${approvals.map(
              (one) =>
                html`<tr>
                  <td>${one.byName}</td>
                  <td>${one.decision}</td>
                  <td>${one.at}</td>
                  <td>${one.comment}</td>
                </tr>`,
            )}
          </table>`
    }`;
}
