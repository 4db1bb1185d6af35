import { describe, expect, it } from '@jest/globals';
import { Turns } from './turns.js';

describe(Turns, () => {
  it('runs so many at a time, in order, also after one that failed', async () => {
    const turns = new Turns(2);
    const begun: number[] = [];
    const ends = Array.from({ length: 4 }, () => Promise.withResolvers<number>());
    const works = ends.map((end, i) =>
      turns.take(() => {
        begun.push(i);
        return end.promise;
      }),
    );
    await Promise.resolve();
    expect(begun).toEqual([0, 1]);
    ends[1]?.reject(new Error('no'));
    await expect(works[1]).rejects.toThrow('no');
    expect(begun).toEqual([0, 1, 2]);
    for (const [i, end] of ends.entries()) end.resolve(i);
    expect(await Promise.all([works[0], works[2], works[3]])).toEqual([0, 2, 3]);
  });
});
