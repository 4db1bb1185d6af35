// The public surface of a library, as text that is committed and reviewed: every exported name with its declaration, its
// stage and the version that brought it. A change that breaks users of the committed report needs a new major version.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { repositoryRoot } from './node-binary.mjs';

export const reportedLibraries = ['plugin-api', 'plugin-testing'];
/** Interfaces that plugins implement: a member that they must add breaks them. */
const implemented = new Set(['ModelType', 'FeatureStore', 'Validator', 'Notifier', 'Provided', 'PluginDefinition']);

const options = {
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ['lib.es2024.d.ts', 'lib.esnext.disposable.d.ts'],
  types: ['node'],
  strict: true,
  skipLibCheck: true,
  declaration: true,
  emitDeclarationOnly: true,
};

/** A host that also sees files that stand only in memory. */
function hostWith(files) {
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.getSourceFile = (path, ...rest) =>
    files.has(path) ? ts.createSourceFile(path, files.get(path), options.target, true) : getSourceFile(path, ...rest);
  return host;
}

/** The declarations of a library, beside its sources. */
function declarationsOf(folder) {
  const program = ts.createProgram([join(folder, 'src/index.ts')], options);
  const files = new Map();
  program.emit(undefined, (path, text) => path.startsWith(join(folder, 'src')) && files.set(path.replace(/\.d\.ts$/, '.api.d.ts'), text));
  // Relative imports go to the declarations, not to the sources beside them.
  for (const [path, text] of files) files.set(path, text.replace(/(from '|import\(")(\.[^'"]*)\.js/g, '$1$2.api.js'));
  return files;
}

const printer = ts.createPrinter({ removeComments: true });
const print = (node) => printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile());

/** The statement that declares a symbol; for a constant the whole `const`. */
function statementOf(declaration) {
  return ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
}

/** Names of the library's own declarations that a statement mentions. */
function mentioned(checker, statement, folder) {
  const found = new Map();
  const walk = (node) => {
    if (ts.isIdentifier(node)) {
      let symbol = checker.getSymbolAtLocation(node);
      if (symbol && symbol.flags & ts.SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol);
      const [declaration] = symbol?.declarations ?? [];
      const parent = declaration && statementOf(declaration).parent;
      const isTop = parent !== undefined && ts.isSourceFile(parent);
      if (isTop && declaration.getSourceFile().fileName.startsWith(join(folder, 'src'))) found.set(symbol.name, symbol);
    }
    ts.forEachChild(node, walk);
  };
  walk(statement);
  return found;
}

/** Makes the report of one library. */
export function makeApiReport(name, root = repositoryRoot) {
  const folder = join(root, 'libs', name);
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = declarationsOf(folder);
  const index = join(folder, 'src/index.api.d.ts');
  const program = ts.createProgram([index], { ...options, noEmit: true, declaration: false, emitDeclarationOnly: false }, hostWith(files));
  const checker = program.getTypeChecker();
  const exported = new Map();
  for (const symbol of checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(index))))
    exported.set(symbol.name, symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
  const hidden = new Map();
  const entries = [...exported].map(([own, symbol]) => entryOf(checker, own, symbol, folder, exported, hidden));
  // What is hidden may mention more that is hidden.
  for (const [own, symbol] of hidden) entryOf(checker, own, symbol, folder, exported, hidden);
  const imports = importsOf(program, folder);
  const lines = [
    `# API of @crisol/${name} ${version}`,
    '',
    'Made by `node scripts/run.mjs scripts/check-drift.mjs --write` from the types; a change here is a change for every plugin.',
    '',
    '```ts imports',
    ...imports,
    '```',
  ];
  for (const { title, text } of entries.sort(byTitle)) lines.push('', `## ${title}`, '', '```ts', text, '```');
  const rest = [...hidden].map(([own, symbol]) => entryOf(checker, own, symbol, folder, exported, hidden)).sort(byTitle);
  if (rest.length > 0) {
    lines.push('', '# Mentioned, but not exported');
    for (const { title, text } of rest)
      lines.push('', `## ${title.split(' · ')[0]} · internal`, '', '```ts', text.replace(/^export /gm, ''), '```');
  }
  return `${lines.join('\n')}\n`;
}

const byTitle = (a, b) => (a.title < b.title ? -1 : 1);

function entryOf(checker, own, symbol, folder, exported, hidden) {
  const statements = [...new Set((symbol.declarations ?? []).map(statementOf))];
  for (const statement of statements)
    for (const [name, other] of mentioned(checker, statement, folder)) if (!exported.has(name)) hidden.set(name, other);
  const tags = symbol.getJsDocTags(checker);
  const stage = ['public', 'beta', 'internal'].find((stage) => tags.some((tag) => tag.name === stage)) ?? 'undocumented';
  const since = tags
    .find((tag) => tag.name === 'since')
    ?.text?.map((part) => part.text)
    .join('');
  const text = statements.map((statement) => print(statement).replace(/^(export )?(declare )?/, 'export $2')).join('\n');
  return { title: [own, stage, ...(since ? [`since ${since.split(',')[0].trim()}`] : [])].join(' · '), text };
}

/** Imports from other packages that the declarations need. */
function importsOf(program, folder) {
  const names = new Map();
  for (const file of program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(join(folder, 'src')))) {
    for (const statement of file.statements.filter(ts.isImportDeclaration)) {
      const from = statement.moduleSpecifier.text;
      if (from.startsWith('.')) continue;
      const bindings = statement.importClause?.namedBindings;
      for (const element of bindings && ts.isNamedImports(bindings) ? bindings.elements : [])
        names.set(from, (names.get(from) ?? new Set()).add(element.name.text));
    }
  }
  return [...names].sort().map(([from, own]) => `import { ${[...own].sort().join(', ')} } from '${from}';`);
}

const majorOf = (report) => Number(/^# API of \S+ (\d+)\./.exec(report)?.[1] ?? 0);
/** All code of a report as one module. Private members are nobody's business, and would make two copies of a class strangers. */
const moduleOf = (report) =>
  [...report.matchAll(/^```ts[^\n]*\n([\s\S]*?)^```$/gm)].map(([, code]) => code.replace(/^ +private .*\n/gm, '')).join('\n');

/**
 * What a newer report takes from users of an older one, a sentence each; nothing when the major version is another.
 * A removed name or member, a type that fits neither way, and a member that plugins must add break; what is added does not.
 */
export function breakingChanges(name, older, newer, root = repositoryRoot) {
  if (majorOf(older) !== majorOf(newer)) return [];
  const folder = join(root, 'libs', name, 'src');
  const [oldFile, newFile] = [join(folder, 'older.api.d.ts'), join(folder, 'newer.api.d.ts')];
  const files = new Map([
    [oldFile, moduleOf(older)],
    [newFile, moduleOf(newer)],
  ]);
  const program = ts.createProgram(
    [oldFile, newFile],
    { ...options, noEmit: true, declaration: false, emitDeclarationOnly: false },
    hostWith(files),
  );
  const checker = program.getTypeChecker();
  const exportsOf = (file) =>
    new Map(checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file))).map((one) => [one.name, one]));
  const [before, now] = [exportsOf(oldFile), exportsOf(newFile)];
  return [...before].flatMap(([own, symbol]) => {
    const present = now.get(own);
    return present ? changesOf(checker, own, symbol, present) : [`${own} is gone.`];
  });
}

function changesOf(checker, own, before, now) {
  const found = [];
  const words = (type, more = 0) => checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation | more);
  // Types that read the same are the same to users: what they mention is compared under its own name.
  const fits = (a, b) => words(a) === words(b) || checker.isTypeAssignableTo(a, b) || checker.isTypeAssignableTo(b, a);
  const change = (name, a, b) => (fits(a, b) ? [] : [`${name} has another type: it was ${words(a)}, it is ${words(b)}.`]);
  if (before.flags & ts.SymbolFlags.Value) {
    if (!(now.flags & ts.SymbolFlags.Value)) return [`${own} is no value any more.`];
    // A constant such as the version may change; its kind may not.
    const [a, b] = [before, now].map((symbol) => checker.getBaseTypeOfLiteralType(checker.getTypeOfSymbol(symbol)));
    found.push(...change(own, a, b));
  }
  if (before.flags & ts.SymbolFlags.Type) {
    if (!(now.flags & ts.SymbolFlags.Type)) return [...found, `${own} is no type any more.`];
    const [a, b] = [checker.getDeclaredTypeOfSymbol(before), checker.getDeclaredTypeOfSymbol(now)];
    if (a.isUnion() || b.isUnion()) {
      if (!checker.isTypeAssignableTo(a, b))
        found.push(
          `${own} is narrower: it was ${words(a, ts.TypeFormatFlags.InTypeAlias)}, it is ${words(b, ts.TypeFormatFlags.InTypeAlias)}.`,
        );
    } else found.push(...memberChanges(checker, own, a, b, change));
  }
  return found;
}

function memberChanges(checker, own, before, now, change) {
  const found = [];
  const isOptional = ({ flags }) => (flags & ts.SymbolFlags.Optional) !== 0;
  for (const member of checker.getPropertiesOfType(before)) {
    const name = `${own}.${member.name}`;
    const present = checker.getPropertyOfType(now, member.name);
    if (!present) found.push(`${name} is gone.`);
    else {
      found.push(...change(name, checker.getTypeOfSymbol(member), checker.getTypeOfSymbol(present)));
      if (isOptional(member) && !isOptional(present) && implemented.has(own))
        found.push(`${name} was optional, and plugins must now give it.`);
    }
  }
  if (!implemented.has(own)) return found;
  const added = checker.getPropertiesOfType(now).filter(({ name }) => !checker.getPropertyOfType(before, name));
  return [
    ...found,
    ...added.filter((one) => !isOptional(one)).map(({ name }) => `${own}.${name} is new and not optional: plugins that exist lack it.`),
  ];
}
