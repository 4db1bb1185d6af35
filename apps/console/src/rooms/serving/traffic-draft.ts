import type { Traffic, VariantStatus } from '@crisol/contracts';

export interface VariantDraft {
  key: number;
  name: string;
  model: string;
  /** `@alias` or a number as text. */
  target: string;
  role: 'primary' | 'canary' | 'shadow';
  share: number;
}
export type TrafficFault = 'sum' | 'shadowShare' | 'noName' | 'sameName' | 'noTarget' | 'noPrimary';

let nextKey = 1;
export const draftOf = (variant: Pick<VariantStatus, 'name' | 'model' | 'version' | 'alias' | 'role' | 'share'>): VariantDraft => ({
  key: nextKey++,
  name: variant.name,
  model: variant.model,
  target: variant.alias === undefined ? String(variant.version ?? '') : `@${variant.alias}`,
  role: variant.role,
  share: variant.share,
});
export const sumOf = (drafts: readonly VariantDraft[]): number =>
  Math.round(drafts.reduce((sum, draft) => sum + draft.share, 0) * 1000) / 1000;

export function faultsOf(drafts: readonly VariantDraft[]): TrafficFault[] {
  const faults: TrafficFault[] = [];
  const names = drafts.map((draft) => draft.name.trim());
  if (sumOf(drafts) !== 100) faults.push('sum');
  if (drafts.some((draft) => draft.role === 'shadow' && draft.share !== 0)) faults.push('shadowShare');
  if (names.some((name) => name === '')) faults.push('noName');
  else if (new Set(names).size < names.length) faults.push('sameName');
  if (drafts.some((draft) => draft.model === '' || draft.target === '' || draft.target === '@')) faults.push('noTarget');
  if (!drafts.some((draft) => draft.role === 'primary')) faults.push('noPrimary');
  return faults;
}

/** Sets one share and lets the others that take traffic give or take the difference, in proportion. */
export function rebalance(drafts: readonly VariantDraft[], key: number, share: number): VariantDraft[] {
  const fixed = Math.min(100, Math.max(0, Math.round(share)));
  const others = drafts.filter((draft) => draft.key !== key && draft.role !== 'shadow');
  const rest = 100 - fixed;
  const before = others.reduce((sum, draft) => sum + draft.share, 0);
  let left = rest;
  const shares = new Map(
    others.map((draft, index) => {
      const exact = before > 0 ? (draft.share / before) * rest : rest / others.length;
      const given = index === others.length - 1 ? left : Math.min(left, Math.round(exact));
      left -= given;
      return [draft.key, given];
    }),
  );
  return drafts.map((draft) => ({ ...draft, share: draft.key === key ? fixed : (shares.get(draft.key) ?? draft.share) }));
}

export const trafficOf = (drafts: readonly VariantDraft[]): Traffic => ({
  variants: drafts.map(({ name, model, target, role, share }) => ({
    name: name.trim(),
    model,
    role,
    share,
    ...(target.startsWith('@') ? { alias: target.slice(1) } : { version: Number(target) }),
  })),
});
