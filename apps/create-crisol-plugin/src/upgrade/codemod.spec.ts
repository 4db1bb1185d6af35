import { describe, expect, it } from '@jest/globals';
import { applyCodemods, type Codemod } from './codemod.js';
import { codemods } from './codemods.js';

const renames = (major: number, from: string, to: string): Codemod => ({
  major,
  title: `renames ${from} to ${to}`,
  takes: (path) => path.endsWith('.ts'),
  rewrite: (text) => text.replaceAll(from, to),
});

describe(applyCodemods, () => {
  it('applies the steps of each major in order, and says which files they changed', () => {
    const files = new Map([
      ['plugin.ts', 'use HttpClient'],
      ['other.ts', 'nothing here'],
      ['data.json', 'HttpClient'],
    ]);
    const steps = applyCodemods([renames(3, 'WebClient', 'Web'), renames(2, 'HttpClient', 'WebClient')], files, 1, 3);
    expect(steps).toEqual([
      { title: 'renames HttpClient to WebClient', files: ['plugin.ts'] },
      { title: 'renames WebClient to Web', files: ['plugin.ts'] },
    ]);
    expect([...files.values()]).toEqual(['use Web', 'nothing here', 'HttpClient']);
  });

  it('leaves out the steps of the major that a plugin has, and of those to come', () => {
    const files = new Map([['plugin.ts', 'use HttpClient']]);
    expect(applyCodemods([renames(1, 'use', 'take'), renames(3, 'HttpClient', 'Web')], files, 1, 2)).toEqual([]);
    expect(files.get('plugin.ts')).toBe('use HttpClient');
  });

  it('holds steps of majors after the first only', () => {
    expect(codemods.filter(({ major }) => major < 2)).toEqual([]);
  });
});
