import { describe, expect, it } from 'vitest';
import { bodyOf, changedParts, draftOf, rebase } from './card-draft';
import { sampleCard } from './testing/samples';

const card = sampleCard({ owner: 'Risk', sections: [{ key: 'summary', text: 'Old' }] });

describe(changedParts, () => {
  it('names what the draft would change, and nothing else', () => {
    const draft = draftOf(card);
    expect(changedParts(card, draft)).toEqual([]);
    draft.sections.ethics = 'Think first';
    draft.owner = ' Risk ';
    expect(changedParts(card, draft)).toEqual(['ethics']);
    expect(bodyOf(draft).owner).toBe('Risk');
    expect(bodyOf(draft).sections).toHaveLength(8);
  });
});

describe(rebase, () => {
  it('takes in what others wrote where the writer changed nothing', () => {
    const draft = draftOf(card);
    draft.sections.contact = 'ada';
    const now = sampleCard({ owner: 'Fraud', revision: 2, sections: [{ key: 'summary', text: 'New' }] });
    const merged = rebase(card, draft, now);
    expect(merged.clashes).toEqual([]);
    expect(merged.draft.owner).toBe('Fraud');
    expect(merged.draft.sections).toMatchObject({ summary: 'New', contact: 'ada' });
  });
  it('keeps the words of the writer where both wrote, and says so', () => {
    const draft = draftOf(card);
    draft.sections.summary = 'Mine';
    const merged = rebase(card, draft, sampleCard({ owner: 'Risk', sections: [{ key: 'summary', text: 'Theirs' }] }));
    expect(merged.clashes).toEqual(['summary']);
    expect(merged.draft.sections.summary).toBe('Mine');
  });
});
