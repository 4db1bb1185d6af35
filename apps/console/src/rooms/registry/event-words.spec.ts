import { beforeAll, describe, expect, it } from 'vitest';
import { loadMessages } from '../../shared/i18n/messages';
import { eventKinds, eventWords } from './event-words';
import { sampleEvent } from './testing/samples';

beforeAll(() => loadMessages('en', ['governance']));

describe(eventWords, () => {
  it('tells a move from a first move', () => {
    expect(eventWords(sampleEvent('alias_moved', { from: '2', to: '3' }))).toBe('@champion moved from v2 to v3');
    expect(eventWords(sampleEvent('alias_moved', { to: '3' }))).toBe('@champion points to v3');
  });
  it('leaves stages and names of models alone, also those that look like a version', () => {
    expect(eventWords(sampleEvent('stage_moved', { from: 'Staging', to: 'Production' }))).toBe('v3 went from stage Staging to Production');
    expect(eventWords(sampleEvent('renamed', { from: '7', to: 'churn' }))).toBe('Renamed from 7 to churn');
  });
  it('has words for every kind', () => {
    for (const kind of eventKinds) expect(eventWords(sampleEvent(kind)), kind).not.toContain('governance.');
  });
});
