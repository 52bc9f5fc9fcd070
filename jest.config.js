/**
 * Tests run from TypeScript through swc. A test path mirrors its source path: `server/queue/broker.ts` is proven by
 * `test/server/queue/broker.test.ts`. Tests of whole programs, in `test/e2e` and `test/chaos`, run by `npm run test:e2e` only.
 */
const endToEnd = process.env.FORGE_TEST_E2E === '1'
const wholePrograms = ['<rootDir>/test/e2e/', '<rootDir>/test/chaos/']

// Packages that ship only ES modules, or `import()` one: Jest's loader is CommonJS, so these are compiled on the way in.
const esModulesOnly = ['kysely', 'eld', 'content-disposition', '@fastify/cookie', 'cookie']

module.exports = {
  rootDir: __dirname,
  testEnvironment: 'node',
  testMatch: endToEnd ? wholePrograms.map((folder) => `${folder}**/*.test.ts`) : ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', ...(endToEnd ? [] : wholePrograms)],
  modulePathIgnorePatterns: [
    '<rootDir>/server/dist/',
    '<rootDir>/.tmp/',
    '<rootDir>/.forge/',
    '<rootDir>/.venv/',
    '<rootDir>/.n8n/',
    '<rootDir>/.airflow/',
  ],
  transform: {
    '\\.m?[jt]s$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esModulesOnly.join('|')})/)`],
  // eld offers itself to `import()` only, and swc turns that into `require`: name its files
  moduleNameMapper: {
    '^eld$': '<rootDir>/node_modules/eld/src/entries/dynamic.js',
    '^eld/(\\w+)$': '<rootDir>/node_modules/eld/src/entries/static.$1.js',
  },
  resolver: '<rootDir>/test/support/resolve.js',
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  maxWorkers: 2,
  testTimeout: 20_000,
}
