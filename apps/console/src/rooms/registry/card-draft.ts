import type { ModelCard, PutModelCard } from '@crisol/contracts';

type Key = ModelCard['sections'][number]['key'];
export const sectionKeys = [
  'summary',
  'intended_use',
  'out_of_scope',
  'training_data',
  'evaluation',
  'ethics',
  'limitations',
  'contact',
] as const satisfies readonly Key[];
export interface CardDraft {
  owner: string;
  licence: string;
  sections: Record<Key, string>;
}

const textOf = (card: ModelCard, key: Key): string => card.sections.find((section) => section.key === key)?.text ?? '';
export function draftOf(card: ModelCard): CardDraft {
  const sections = {
    summary: '',
    intended_use: '',
    out_of_scope: '',
    training_data: '',
    evaluation: '',
    ethics: '',
    limitations: '',
    contact: '',
  };
  for (const key of sectionKeys) sections[key] = textOf(card, key);
  return { owner: card.owner, licence: card.licence, sections };
}
export const bodyOf = (draft: CardDraft): PutModelCard => ({
  owner: draft.owner.trim(),
  licence: draft.licence.trim(),
  sections: sectionKeys.map((key) => ({ key, text: draft.sections[key] })),
});

/** What the draft would change: owner, licence, and sections by their keys. */
export function changedParts(card: ModelCard, draft: CardDraft): string[] {
  const before = bodyOf(draftOf(card));
  const after = bodyOf(draft);
  return [
    ...(before.owner === after.owner ? [] : ['owner']),
    ...(before.licence === after.licence ? [] : ['licence']),
    ...sectionKeys.filter((key) => textOf(card, key) !== draft.sections[key]),
  ];
}

/**
 * The draft on top of a card that somebody else has saved since: what only they changed is theirs, what only the writer
 * changed stays, and where both did the writer decides with both in sight.
 */
export function rebase(before: ModelCard, draft: CardDraft, now: ModelCard): { draft: CardDraft; clashes: string[] } {
  const mine = new Set(changedParts(before, draft));
  const theirs = new Set(changedParts(now, draftOf(before)));
  const merged = draftOf(now);
  if (mine.has('owner')) merged.owner = draft.owner;
  if (mine.has('licence')) merged.licence = draft.licence;
  for (const key of sectionKeys) if (mine.has(key)) merged.sections[key] = draft.sections[key];
  return { draft: merged, clashes: [...mine].filter((part) => theirs.has(part)) };
}
