import { describe, expect, it } from 'vitest';
import { figuresByMetric, isClear, pText, signedText } from './comparison-text';

describe(pText, () => {
  it('prints small values as papers do', () => {
    expect(pText(0.0004)).toBe('< 0.001');
    expect(pText(0.04567)).toBe('0.0457');
    expect(pText(null)).toBe('—');
    expect(pText('NaN')).toBe('NaN');
  });
});
describe(signedText, () => {
  it('has a sign and a direction', () => {
    expect(signedText(0.02)).toBe('▲ +0.02');
    expect(signedText(-0.02)).toBe('▼ -0.02');
    expect(signedText(0)).toBe('0');
    expect(signedText(null)).toBe('—');
  });
});
describe(figuresByMetric, () => {
  it('puts the metric that decides first', () => {
    const figure = (candidate: number, metric: string) => ({ candidate, metric, value: 1, low: null, high: null, method: 'bca', rows: 1 });
    const found = figuresByMetric({ metric: 'auc', metrics: [figure(0, 'f1'), figure(0, 'auc'), figure(1, 'f1'), figure(1, 'auc')] });
    expect(found.map(({ metric, figures }) => [metric, figures.length])).toEqual([
      ['auc', 2],
      ['f1', 2],
    ]);
  });
});
describe(isClear, () => {
  it('asks that the interval leaves zero out', () => {
    expect(isClear({ low: 0.1, high: 0.2 })).toBe(true);
    expect(isClear({ low: -0.1, high: 0.2 })).toBe(false);
    expect(isClear({ low: null, high: 0.2 })).toBe(false);
  });
});
