import js from '@eslint/js';
import vue from 'eslint-plugin-vue';
import tseslint from 'typescript-eslint';
import crisol from './scripts/lint-rules/rules.mjs';

const code = ['{libs,plugins}/*/src/**/*.ts', 'apps/*/src/**/*.ts'];
const specs = ['**/*.spec.ts', '**/*-spec.ts', '**/*.contract.ts', '**/{test,e2e}/**/*.ts'];

export default tseslint.config(
  {
    ignores: [
      '**/dist/',
      '**/node_modules/',
      '**/.venv*/',
      '**/coverage/',
      '.nx/',
      '.crisol/',
      'test-results/',
      'examples/',
      'bench/',
      '**/golden/',
      '**/fixture-plugins/',
      '**/*.d.ts',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        fetch: 'readonly',
        performance: 'readonly',
        setImmediate: 'readonly',
        AbortSignal: 'readonly',
        structuredClone: 'readonly',
        document: 'readonly',
        localStorage: 'readonly',
        matchMedia: 'readonly',
      },
    },
  },
  { files: ['**/*.ts', '**/*.vue'], extends: [...tseslint.configs.recommended] },
  ...vue.configs['flat/recommended'].map((config) => ({ ...config, files: ['apps/console/**/*.vue'] })),
  {
    files: ['apps/console/**/*.vue'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: {
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/attributes-order': 'off',
      'vue/require-default-prop': 'off',
      'vue/no-v-html': 'error',
    },
  },
  {
    files: ['**/*.ts', '**/*.vue'],
    rules: {
      'no-undef': 'off',
      // Control characters are what names and file names must not hold.
      'no-control-regex': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/no-extraneous-class': 'off',
    },
  },
  {
    files: [...code, 'apps/console/src/**/*.vue'],
    plugins: { crisol },
    rules: {
      'crisol/boundaries': 'error',
      'crisol/no-cycles': 'error',
      'crisol/no-barrels': 'error',
      'crisol/explained-assertions': 'error',
    },
  },
  {
    // Promises that nobody waits for hide failures; finding them takes the types.
    files: ['apps/{server,cli}/src/**/*.ts', '{libs,plugins}/*/src/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
    },
  },
  {
    files: ['apps/server/src/**/*.ts', '{libs,plugins}/*/src/**/*.ts'],
    ignores: [...specs, 'apps/server/src/platform/config/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Settings come from Config; only platform/config reads the environment.' },
      ],
    },
  },
  {
    // `PATH` is not a setting: the starter hands it to PostgreSQL.
    files: ['apps/server/src/platform/database/embedded-postgres.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['apps/server/src/**/*.ts', '{libs,plugins}/*/src/**/*.ts'],
    ignores: [...specs, 'apps/server/src/platform/plugins/http-guard/**'],
    rules: {
      'no-restricted-globals': ['error', { name: 'fetch', message: 'Calls to other machines go through the guarded HTTP client.' }],
    },
  },
  {
    // Programs of plugin authors, not of the server: they read their own environment and speak to an instance.
    files: ['libs/plugin-testing/src/command/**'],
    rules: { 'no-restricted-properties': 'off', 'no-restricted-globals': 'off' },
  },
  { files: specs, rules: { '@typescript-eslint/no-non-null-assertion': 'off' } },
);
