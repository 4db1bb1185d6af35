import type { RunFields } from '@crisol/contracts';
import { describe, expect, it } from 'vitest';
import { completionsFor, errorPlace, readFilter } from './filter-language';

const fields: RunFields = {
  runs: 3,
  metrics: [
    { name: 'auc', runs: 3, min: 0.5, max: 0.9 },
    { name: 'valid/f1 score', runs: 2, min: 0.1, max: 0.2 },
  ],
  params: [{ name: 'depth', runs: 3, numeric: true, distinct: 2, values: ['4', '8'] }],
  tags: [{ name: 'team', runs: 3, values: ["o'neil", 'risk'] }],
  datasets: [{ name: 'churn', digest: 'abc', context: 'training' }],
  truncated: false,
};
const labels = (text: string, cursor = text.length): string[] => completionsFor(text, cursor, fields).map((offer) => offer.label);
/** The text after the first offer was taken. */
const taken = (text: string, cursor = text.length): string => {
  const [offer] = completionsFor(text, cursor, fields);
  return offer ? text.slice(0, offer.start) + offer.insert + text.slice(offer.end) : text;
};

describe(completionsFor, () => {
  it('offers names at the start, after AND and after a parenthesis', () => {
    for (const text of ['', 'metrics.auc > 0.8 AND ', '(', "params.depth = '4' OR ("]) expect(labels(text)[0]).toBe('metrics.auc');
  });
  it('finds a name by its key alone', () => {
    expect(labels('dep')).toEqual(['params.depth']);
    expect(taken('metrics.auc > 1 AND dep')).toBe('metrics.auc > 1 AND params.depth ');
  });
  it('writes names with blanks in backticks', () => {
    expect(taken('f1')).toBe('metrics.`valid/f1 score` ');
    expect(labels('metrics.`valid/f1 score` ')).toContain('>=');
  });
  it('offers comparators that fit the kind', () => {
    expect(labels('metrics.auc ')).not.toContain('LIKE');
    expect(labels('params.depth ')).toEqual(expect.arrayContaining(['LIKE', 'IS NOT NULL']));
    expect(labels('attributes.run_id ')).toContain('IN');
  });
  it('offers the values that were logged, in quotes that fit them', () => {
    expect(labels('params.depth = ')).toEqual(["'4'", "'8'"]);
    expect(labels('tags.team = ')).toEqual([`"o'neil"`, "'risk'"]);
    expect(taken("tags.team = 'r")).toBe("tags.team = 'risk' ");
    expect(labels('attributes.status = ')).toContain("'FINISHED'");
    expect(labels('dataset.name = ')).toEqual(["'churn'"]);
  });
  it('offers AND and OR after a value', () => {
    for (const text of ["params.depth = '4' ", 'metrics.auc > 0.8 ', "(params.depth = '4') ", 'params.depth IS NULL '])
      expect(labels(text)).toEqual(['AND', 'OR']);
  });
  it('completes in the middle without touching what follows', () => {
    expect(taken('metrics.a > 0.8', 9)).toBe('metrics.auc  > 0.8');
  });
});

describe(readFilter, () => {
  it('waits while something is half typed', () => {
    for (const text of ['metrics.auc', 'metrics.auc >', "params.depth = '4", "(params.depth = '4'", "params.depth = '4' AND"])
      expect(readFilter(text).complete, text).toBe(false);
  });
  it('sends what can be sent', () => {
    for (const text of [
      '',
      'metrics.auc > 0.8',
      "(params.depth = '4' OR metrics.auc <= 1e-3)",
      'tags.team IS NOT NULL',
      "attributes.run_id IN ('a', 'b')",
    ])
      expect(readFilter(text).complete, text).toBe(true);
  });
});

describe(errorPlace, () => {
  it('finds what the server did not understand', () => {
    expect(errorPlace('metrics.auc > 0.8 AND foo', "Invalid clause(s) in filter string: 'foo'")).toEqual({ start: 22, end: 25 });
  });
  it('points nowhere when nothing of the filter is quoted', () => {
    expect(errorPlace('metrics.auc > 0.8', 'A filter has at most 500 clauses.')).toBeNull();
  });
});
