import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseFilter, parseOrder, parseOrders } from './filter-parser.js';
import { FilterError, type FilterTree } from './filter-tree.js';
import { runFilterRules } from './run-filter-rules.js';

const parse = (text: string): FilterTree => parseFilter(text, runFilterRules);
const clause = (entity: string, key: string, comparator: string, value: unknown) => ({
  kind: 'comparison',
  entity,
  key,
  comparator,
  value,
});

describe(parseFilter.name, () => {
  it.each([
    ['metrics.rmse < 0.3', clause('metric', 'rmse', '<', 0.3)],
    ['metric.rmse >= -1e-3', clause('metric', 'rmse', '>=', -0.001)],
    ['metrics.`m/a b` > 2', clause('metric', 'm/a b', '>', 2)],
    ['metrics."rmse" != 0.1', clause('metric', 'rmse', '!=', 0.1)],
    ["params.lr='3'", clause('param', 'lr', '=', '3')],
    ["parameter.opt ilike 'SG%'", clause('param', 'opt', 'ILIKE', 'SG%')],
    [`params.opt = "it's"`, clause('param', 'opt', '=', "it's")],
    ["params.opt = 'it''s'", clause('param', 'opt', '=', "it's")],
    ["tags.mlflow.parentRunId = 'x'", clause('tag', 'mlflow.parentRunId', '=', 'x')],
    ['tag.`weird key` IS NULL', clause('tag', 'weird key', 'IS NULL', null)],
    ['params.lr is not null', clause('param', 'lr', 'IS NOT NULL', null)],
    ["status = 'FINISHED'", clause('attribute', 'status', '=', 'FINISHED')],
    ['created > 0', clause('attribute', 'start_time', '>', 0)],
    ["attributes.`run name` LIKE 'a_'", clause('attribute', 'run_name', 'LIKE', 'a_')],
    ["run_id NOT IN ('a', 'b')", clause('attribute', 'run_id', 'NOT IN', ['a', 'b'])],
    ["datasets.name IN ('d1')", clause('dataset', 'name', 'IN', ['d1'])],
    ['', { kind: 'and', parts: [] }],
  ])('understands %s', (text, tree) => {
    expect(parse(text)).toEqual(tree);
  });

  it('binds AND closer than OR, and parentheses closest', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((key) => clause('metric', key, '>', 1));
    expect(parse('metrics.a > 1 AND metrics.b > 1 OR metrics.c > 1')).toEqual({ kind: 'or', parts: [{ kind: 'and', parts: [a, b] }, c] });
    expect(parse('metrics.a > 1 and (metrics.b > 1 or metrics.c > 1)')).toEqual({ kind: 'and', parts: [a, { kind: 'or', parts: [b, c] }] });
  });

  it('joins clauses that merely stand beside each other, and passes over an AND too many, as MLflow does', () => {
    expect(parse("metrics.a = 1 params.p = 'x' AND")).toEqual({
      kind: 'and',
      parts: [clause('metric', 'a', '=', 1), clause('param', 'p', '=', 'x')],
    });
    expect(parse('AND')).toEqual({ kind: 'and', parts: [] });
  });

  it.each([
    ["foo.bar = 'x'", "Invalid entity type 'foo'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']"],
    ['METRICS.a = 1', "Invalid entity type 'METRICS'"],
    ["metrics.a = 'x'", "Expected numeric value type for metric. Found 'x'"],
    ['metrics.a = NaN', 'Expected numeric value type for metric. Found NaN'],
    ['params.p = 3', "Expected a quoted string value for parameter (e.g. 'my-value'). Got value 3"],
    ["tags.grp IN ('g0','g1')", "Expected a quoted string value for tag (e.g. 'my-value'). Got value ('g0','g1')"],
    ["params.p > '3'", "Invalid comparator '>' not one of"],
    ["run_name NOT LIKE 'x'", "Invalid comparator 'NOT LIKE' not one of"],
    ['metrics.a == 1', "Invalid comparator '==' not one of"],
    ['tags.x = y', 'Parameter value is either not quoted or unidentified quote types used for string value y.'],
    ["status IN ('FINISHED')", "Only ['run_id'] attributes support comparison with a list of quoted string values."],
    ['run_id IN ()', 'expected a non-empty list of string values, but got empty list'],
    ['run_id IN (1)', 'expected string value, punctuation, or whitespace, but got different type in list'],
    ['duration > 1', "Invalid attribute key 'duration' specified. Valid keys are"],
    ["dataset.foo = 'x'", "Invalid dataset key 'foo' specified."],
    ['metrics.a IS NULL', "IS NULL / IS NOT NULL is only supported for tags and params, not for 'metric' 'a'"],
    ['metrics.a >', 'Invalid clause(s) in filter string'],
    ["not params.p = 'x'", 'Invalid clause(s) in filter string'],
    ["params.a-b = 'x'", 'Invalid clause(s) in filter string'],
    ["params.a = 'x", 'Invalid clause(s) in filter string'],
    ['metrics.a > 1 OR', 'Invalid clause(s) in filter string'],
    ['(metrics.a > 1', 'Invalid clause(s) in filter string'],
    ['metrics.a > 1)', 'Invalid clause(s) in filter string'],
    ['metrics.a > 1;', 'Invalid clause(s) in filter string'],
  ])('refuses %s', (text, message) => {
    expect(() => parse(text)).toThrow(message);
    expect(() => parse(text)).toThrow(FilterError);
  });

  it('keeps whatever stands in quotes as a value', () => {
    const hostile = "x'; drop table run; --";
    expect(parse(`params.p = "${hostile}"`)).toEqual(clause('param', 'p', '=', hostile));
  });

  it('gives a tree or a FilterError for whatever comes', () => {
    const word = fc.constantFrom(
      'metrics.a', 'params.`b c`', 'tags."d"', 'status', 'run_id', 'dataset.name', 'AND', 'OR', 'NOT', 'IN', 'IS', 'NULL', 'LIKE',
      '(', ')', ',', '=', '!=', '>', "'v'", '"w"', '1', '-2.5', '`', "'", '"', '.', ';', '%', '\u0000', '\ud800',
    ); // prettier-ignore
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(word, { maxLength: 14 }).map((words) => words.join(' ')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          expect(['and', 'or', 'comparison']).toContain(parse(text).kind);
        } catch (error) {
          expect(error).toBeInstanceOf(FilterError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('does not run out of stack on a thousand parentheses', () => {
    expect(() => parse(`${'('.repeat(10_000)}metrics.a > 1${')'.repeat(10_000)}`)).toThrow(FilterError);
  });
});

describe(parseOrder.name, () => {
  const order = (text: string) => parseOrder(text, runFilterRules);
  const term = (entity: string, key: string, descending: boolean, of = 'last') => ({ entity, key, of, descending });

  it.each([
    ['metrics.rmse DESC', term('metric', 'rmse', true)],
    ['metrics.`m/a b` ASC', term('metric', 'm/a b', false)],
    ['params.lr', term('param', 'lr', false)],
    ['`start_time` asc', term('attribute', 'start_time', false)],
    ['"created" desc', term('attribute', 'start_time', true)],
    ['min(metrics.rmse) DESC', term('metric', 'rmse', true, 'min')],
    ['max(metrics.`a b`)', term('metric', 'a b', false, 'max')],
  ])('understands %s', (text, expected) => {
    expect(order(text)).toEqual(expected);
  });

  it.each([
    ['metrics.only-last DESC', "Invalid order_by clause 'metrics.only-last DESC'. Could not be parsed."],
    ['metrics.a foo', "Invalid ordering key in order_by clause 'metrics.a foo'."],
    ['foo', "Invalid attribute key 'foo' specified."],
    ['Run Name', 'Invalid'],
    ['dataset.name', "Invalid identifier type 'dataset'"],
    ['', "Invalid order_by clause ''. Could not be parsed."],
    ["'metrics.a'", 'Could not be parsed.'],
    ['avg(metrics.a)', 'Could not be parsed.'],
    ['min(params.a)', 'Could not be parsed.'],
  ])('refuses %s', (text, message) => {
    expect(() => order(text)).toThrow(message);
    expect(() => order(text)).toThrow(FilterError);
  });
});

describe(parseOrders.name, () => {
  it('refuses more terms than a database sorts by', () => {
    const terms = (count: number) => Array.from({ length: count }, (_, at) => `metrics.m${at} DESC`);
    expect(parseOrders(terms(50), runFilterRules)).toHaveLength(50);
    expect(() => parseOrders(terms(51), runFilterRules)).toThrow('An order has at most 50 terms.');
  });
});
