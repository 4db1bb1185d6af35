// The house's own lint rules. Each has a case in rules.spec.ts that shows it firing.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { repositoryRoot } from '../node-binary.mjs';
import { isSpec, refusal } from './places.mjs';

function onImports(check) {
  const ask = (node, typeOnly) => {
    if (node.source && typeof node.source.value === 'string') check(node, node.source.value, typeOnly);
  };
  return {
    ImportDeclaration: (node) =>
      ask(node, node.importKind === 'type' || (node.specifiers.length > 0 && node.specifiers.every((one) => one.importKind === 'type'))),
    ExportNamedDeclaration: (node) => ask(node, node.exportKind === 'type'),
    ExportAllDeclaration: (node) => ask(node, node.exportKind === 'type'),
    ImportExpression: (node) => ask(node, false),
    TSImportType: (node) => {
      if (typeof node.source?.value === 'string') check(node, node.source.value, true);
    },
  };
}

const boundaries = {
  meta: { type: 'problem', schema: [], messages: { refused: '{{ why }}' } },
  create: (context) =>
    onImports((node, specifier, typeOnly) => {
      const names = (node.specifiers ?? []).map((one) => one.imported?.name ?? one.local?.name).filter(Boolean);
      const why = refusal(context.filename, specifier, typeOnly, names);
      if (why) context.report({ node, messageId: 'refused', data: { why } });
    }),
};

const known = new Map();
/** Files that a file imports, type imports included. Kept for as long as the file is unchanged. */
function importsOf(file, text) {
  const stat = statSync(file, { throwIfNoEntry: false });
  const version = text === undefined ? (stat?.mtimeMs ?? 0) : text;
  const held = known.get(file);
  if (held && held.version === version) return held.imports;
  const source = text ?? (stat ? readFileSync(file, 'utf8') : '');
  const script = file.endsWith('.vue') ? (/<script[^>]*>([\s\S]*?)<\/script>/.exec(source)?.[1] ?? '') : source;
  const imports = ts
    .preProcessFile(script, true, true)
    .importedFiles.map((found) => resolveImport(file, found.fileName))
    .filter(Boolean);
  known.set(file, { version, imports });
  return imports;
}

function resolveImport(file, specifier) {
  if (specifier.startsWith('@crisol/')) {
    const index = join(repositoryRoot, 'libs', specifier.slice('@crisol/'.length), 'src', 'index.ts');
    return existsSync(index) ? index : undefined;
  }
  if (!specifier.startsWith('.')) return undefined;
  const target = join(dirname(file), specifier);
  return [target.replace(/\.js$/, '.ts'), target, `${target}.ts`].find(
    (candidate) => /\.(ts|vue)$/.test(candidate) && existsSync(candidate),
  );
}

/** The shortest way from `start` back to itself, or undefined. */
export function findCycle(start, text) {
  const cameFrom = new Map();
  const queue = [];
  for (const next of importsOf(start, text)) {
    if (!cameFrom.has(next)) {
      cameFrom.set(next, start);
      queue.push(next);
    }
  }
  while (queue.length > 0) {
    const file = queue.shift();
    if (file === start) {
      const way = [start];
      for (let at = cameFrom.get(start); at !== start; at = cameFrom.get(at)) way.unshift(at);
      return [start, ...way];
    }
    for (const next of importsOf(file)) {
      if (!cameFrom.has(next)) {
        cameFrom.set(next, file);
        queue.push(next);
      }
    }
  }
  return undefined;
}

const noCycles = {
  meta: { type: 'problem', schema: [], messages: { cycle: 'This file imports itself by way of {{ way }}. Type imports count.' } },
  create: (context) => ({
    Program(node) {
      const cycle = findCycle(context.filename, context.sourceCode.text);
      if (cycle)
        context.report({
          node,
          messageId: 'cycle',
          data: {
            way: cycle
              .slice(1)
              .map((file) => relative(repositoryRoot, file))
              .join(' → '),
          },
        });
    },
  }),
};

const noBarrels = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      star: 'Name what is exported: a star hides where a thing comes from.',
      barrel: 'This file only passes names on. Import from the file that has them; only the src/index.ts of a lib lists names.',
    },
  },
  create: (context) => ({
    ExportAllDeclaration: (node) => context.report({ node, messageId: 'star' }),
    'Program:exit'(node) {
      if (/\/libs\/[^/]+\/src\/index\.ts$/.test(context.filename)) return;
      if (node.body.length > 0 && node.body.every((one) => one.type === 'ExportNamedDeclaration' && one.source))
        context.report({ node, messageId: 'barrel' });
    },
  }),
};

const explainedAssertions = {
  meta: { type: 'problem', schema: [], messages: { why: 'An assertion needs a line above it that says which foreign type forces it.' } },
  create(context) {
    if (isSpec(context.filename)) return {};
    const lines = context.sourceCode.lines;
    const comments = context.sourceCode.getAllComments().map((comment) => comment.value);
    const explained = (node) => {
      let statement = node;
      while (statement.parent && !/Statement$|Declaration$|PropertyDefinition|MethodDefinition/.test(statement.type))
        statement = statement.parent;
      const rows = [node.loc.start.line - 1, node.loc.start.line, statement.loc.start.line - 1];
      return rows.some((row) => /\/\/|\*\//.test(lines[row - 1] ?? ''));
    };
    return {
      TSAsExpression(node) {
        const isConst = node.typeAnnotation.type === 'TSTypeReference' && node.typeAnnotation.typeName.name === 'const';
        // Hot loops read typed arrays in bounds many times over: one comment that names `as number` explains them all.
        const type = context.sourceCode.getText(node.typeAnnotation);
        const once = comments.some((comment) => comment.includes(`\`as ${type}\``));
        if (!isConst && !once && !explained(node)) context.report({ node, messageId: 'why' });
      },
    };
  },
};

export default {
  meta: { name: 'crisol' },
  rules: { boundaries, 'no-cycles': noCycles, 'no-barrels': noBarrels, 'explained-assertions': explainedAssertions },
};
