import { describe, expect, it } from '@jest/globals';
import { breakingChanges, makeApiReport } from './api-report.mjs';

/** A report with these declarations. */
const report = (code: string, version = '1.4.0'): string => `# API of @crisol/plugin-api ${version}\n\n\`\`\`ts\n${code}\n\`\`\`\n`;
const changes = (before: string, now: string): string[] => breakingChanges('plugin-api', report(before), report(now));

describe(breakingChanges, () => {
  it.each([
    [
      'a name that is gone',
      'export declare const a: number; export declare const b: number;',
      'export declare const a: number;',
      ['b is gone.'],
    ],
    ['a member that is gone', 'export interface A { x: number; y: number }', 'export interface A { x: number }', ['A.y is gone.']],
    [
      'a type that fits neither way',
      'export interface A { x: number }',
      'export interface A { x: string }',
      ['A.x has another type: it was number, it is string.'],
    ],
    [
      'a union that lost a member',
      `export type T = 'a' | 'b' | 'c';`,
      `export type T = 'a' | 'b';`,
      [`T is narrower: it was "a" | "b" | "c", it is "a" | "b".`],
    ],
    [
      'a parameter that became another',
      'export declare function f(a: number): void;',
      'export declare function f(a: string): void;',
      ['f has another type: it was (a: number) => void, it is (a: string) => void.'],
    ],
    [
      'a method that plugins must add',
      'export interface Notifier<T> { send(a: T): void }',
      'export interface Notifier<T> { send(a: T): void; close(): void }',
      ['Notifier.close is new and not optional: plugins that exist lack it.'],
    ],
  ])('tells %s', (_what, before, now, expected) => {
    expect(changes(before, now)).toEqual(expected);
  });

  it.each([
    ['a new name', 'export declare const a: number;', 'export declare const a: number; export declare const b: number;'],
    [
      'an optional method that plugins may add',
      'export interface Notifier<T> { send(a: T): void }',
      'export interface Notifier<T> { send(a: T): void; close?(): void }',
    ],
    [
      'a new field of what plugins get',
      'export interface HttpAnswer { status: number }',
      'export interface HttpAnswer { status: number; text: string }',
    ],
    ['a union that grew', `export type T = 'a' | 'b';`, `export type T = 'a' | 'b' | 'c';`],
    ['another version', `export declare const version = "1.1.0";`, `export declare const version = "1.2.0";`],
    [
      'other private members',
      'export declare class A {\n    private x;\n    y(): void;\n}',
      'export declare class A {\n    private z;\n    y(): void;\n}',
    ],
  ])('lets %s pass', (_what, before, now) => {
    expect(changes(before, now)).toEqual([]);
  });

  it('lets everything pass with a new major version', () => {
    expect(breakingChanges('plugin-api', report('export declare const a: number;'), report('', '2.0.0'))).toEqual([]);
  });
});

describe(makeApiReport, () => {
  it('names what is exported with its stage and version, and nothing that only comments say', () => {
    const made = makeApiReport('plugin-api');
    expect(made).toContain('## Secrets · public · since 1.1\n\n```ts\nexport declare const Secrets: Ref<PluginSecrets>;\n```');
    expect(made).not.toContain('undocumented');
    expect(breakingChanges('plugin-api', made, made)).toEqual([]);
  }, 60_000);
});
