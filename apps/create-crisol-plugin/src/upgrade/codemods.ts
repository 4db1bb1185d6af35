import type { Codemod } from './codemod.js';

/** Steps by the major that asks for them. Major 1 is the first, so that there is nothing to rewrite in a plugin's code yet. */
export const codemods: readonly Codemod[] = [];
