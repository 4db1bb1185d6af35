// One configuration for every ring: `node scripts/run.mjs scripts/jest.mjs [--selectProjects unit|medium|e2e] [pattern]`.
const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    {
      jsc: {
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
        target: 'es2024',
        keepClassNames: true,
      },
      module: { type: 'es6' },
      sourceMaps: 'inline',
    },
  ],
};

const shared = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['/dist/'],
  transform,
};

export default {
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/{libs,plugins}/*/{src,test}/**/*{.spec,.contract-spec}.ts',
        '<rootDir>/apps/{server,cli,create-crisol-plugin}/src/**/*{.spec,.contract-spec}.ts',
        '<rootDir>/scripts/**/*.spec.ts',
      ],
    },
    { ...shared, displayName: 'medium', testMatch: ['<rootDir>/apps/{server,cli,create-crisol-plugin}/test/**/*.medium-spec.ts'] },
    { ...shared, displayName: 'e2e', testMatch: ['<rootDir>/apps/{server,cli,create-crisol-plugin}/e2e/**/*.e2e-spec.ts'] },
  ],
};
