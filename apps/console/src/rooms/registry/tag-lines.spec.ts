import { describe, expect, it } from 'vitest';
import { tagChanges, tagLines } from './tag-lines';

describe(tagChanges, () => {
  it('says nothing of tags that stay, also those with line breaks and backslashes', () => {
    const tags = { team: 'risk', note: 'one\ntwo', path: 'a\\n=b' };
    expect(tagChanges(tags, tagLines(tags))).toEqual({});
  });
  it('adds, changes and takes away', () => {
    expect(tagChanges({ team: 'risk', old: 'x' }, 'team = fraud\nnew=1\n\n')).toEqual({ team: 'fraud', new: '1', old: null });
  });
  it('refuses lines without a name, without an equals sign, and names that come twice', () => {
    expect(tagChanges({}, '= x')).toBeNull();
    expect(tagChanges({}, 'team')).toBeNull();
    expect(tagChanges({}, 'a = 1\na = 2')).toBeNull();
  });
});
