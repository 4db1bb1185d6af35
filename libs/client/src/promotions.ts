import type {
  Alias,
  AliasPolicy,
  ApprovalList,
  DecideApproval,
  EvidenceBundle,
  EvidenceKeyList,
  HistoryEvent,
  ModelAsOf,
  ModelCard,
  PromotionCheck,
  PutAliasPolicy,
} from '@crisol/contracts';
import { List, type ListOptions } from './list.js';
import type { CallOptions, Transport } from './transport.js';

const segment = encodeURIComponent;

/** What a list of events may be narrowed to. */
export interface HistoryOptions extends ListOptions {
  readonly version?: number;
  readonly alias?: string;
}

/** Moves of aliases with all that belongs to them: policies, approvals, history, evidence and cards. */
export class Promotions {
  readonly #transport: Transport;
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** What would happen if the alias moved to the version now. @param version - number, id or `@alias` */
  check(model: string, version: number | string, alias = 'champion', options: CallOptions = {}): Promise<PromotionCheck> {
    return this.#transport.json('GET', `${versionPath(model, version)}/promotion`, { ...options, query: { alias } });
  }

  /**
   * Moves the alias. @throws ProblemError that says what stands in the way
   * @param revision - of the alias, as a check or a former answer gave it; null: the alias is not there yet
   */
  move(
    model: string,
    alias: string,
    version: number,
    revision: number | null,
    options: CallOptions & { readonly comment?: string } = {},
  ): Promise<Alias> {
    const { comment = '', ...call } = options;
    const headers: Record<string, string> = revision === null ? { 'if-none-match': '*' } : { 'if-match': `"r${revision}"` };
    return this.#transport.json('PUT', `models/${segment(model)}/aliases/${segment(alias)}`, {
      ...call,
      headers,
      json: { version, comment },
    });
  }

  /** Approves or rejects a version for an alias, or takes the word back. Gives every word on it. */
  decide(model: string, version: number | string, decision: DecideApproval, options: CallOptions = {}): Promise<ApprovalList> {
    return this.#transport.json('POST', `${versionPath(model, version)}/approvals`, { ...options, json: decision });
  }

  policy(model: string, alias = 'champion', options: CallOptions = {}): Promise<AliasPolicy> {
    return this.#transport.json('GET', `models/${segment(model)}/policies/${segment(alias)}`, options);
  }

  /** @param policy - what is left out takes its default */
  putPolicy(model: string, alias: string, policy: Partial<PutAliasPolicy>, options: CallOptions = {}): Promise<AliasPolicy> {
    return this.#transport.json('PUT', `models/${segment(model)}/policies/${segment(alias)}`, { ...options, json: policy });
  }

  /** Everything that happened to a model, newest first. */
  history(model: string, options: HistoryOptions = {}): List<HistoryEvent> {
    const { version, alias, ...list } = options;
    return new List(this.#transport, `models/${segment(model)}/history`, list, {
      alias,
      ...(version === undefined ? {} : { version: String(version) }),
    });
  }

  /** Aliases, stages and versions as they were at an instant. @param asOf - RFC 3339, UTC */
  asOf(model: string, asOf: string, options: CallOptions = {}): Promise<ModelAsOf> {
    return this.#transport.json('GET', `models/${segment(model)}/as-of`, { ...options, query: { asOf } });
  }

  /** The signed evidence of a move, by the id of its event. */
  evidence(event: string, options: CallOptions = {}): Promise<EvidenceBundle> {
    return this.#transport.json('GET', `evidence/${segment(event)}`, options);
  }

  /** The same as a page that stands alone. */
  async evidencePage(model: string, event: string, options: CallOptions = {}): Promise<string> {
    return this.#text(`models/${segment(model)}/history/${segment(event)}/evidence.html`, options);
  }

  /** Public keys that evidence is signed with. */
  async evidenceKeys(options: CallOptions = {}): Promise<EvidenceKeyList['data']> {
    return (await this.#transport.json<EvidenceKeyList>('GET', 'evidence-keys', options)).data;
  }

  card(model: string, version: number | string, options: CallOptions = {}): Promise<ModelCard> {
    return this.#transport.json('GET', `${versionPath(model, version)}/card`, options);
  }

  /** The card as Markdown or as a page that stands alone. */
  exportCard(model: string, version: number | string, format: 'md' | 'html', options: CallOptions = {}): Promise<string> {
    return this.#text(`${versionPath(model, version)}/card.${format}`, options);
  }

  async #text(path: string, options: CallOptions): Promise<string> {
    return (await this.#transport.send('GET', path, { ...options, headers: { accept: '*/*' } })).text();
  }
}

function versionPath(model: string, version: number | string): string {
  return `models/${segment(model)}/versions/${segment(version)}`;
}
