// Lints texts as if they stood at their paths, with the repository's own configuration; reads cases as JSON from stdin and
// writes the rules that fired. A process of its own, since ESLint loads its configuration in ways that Jest's modules break.
import { ESLint } from 'eslint';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { repositoryRoot } from '../node-binary.mjs';

const eslint = new ESLint({
  cwd: repositoryRoot,
  overrideConfig: [
    {
      files: ['**/*.ts'],
      languageOptions: { parserOptions: { projectService: false } },
      rules: {
        '@typescript-eslint/no-floating-promises': 'off',
        '@typescript-eslint/await-thenable': 'off',
        '@typescript-eslint/no-misused-promises': 'off',
      },
    },
  ],
});
const results = [];
for (const { path, code } of JSON.parse(await text(process.stdin))) {
  const [result] = await eslint.lintText(code, { filePath: join(repositoryRoot, path) });
  results.push((result?.messages ?? []).map((message) => ({ rule: message.ruleId, message: message.message })));
}
process.stdout.write(JSON.stringify(results));
