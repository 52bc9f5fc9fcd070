/**
 * n8n's rules for community nodes, for what is published: nodes, credentials and package.json. The server and the tests
 * have rules of their own (server/eslint.config.mjs). The scanner (`npm run scan:nodes`) adds n8n's naming rules.
 */
import { configs } from '@n8n/eslint-plugin-community-nodes'
import tseslint from 'typescript-eslint'

const published = ['nodes/**/*.ts', 'credentials/**/*.ts', 'package.json']

export default [
  { ignores: ['dist/**', 'nodes/shared/api.d.ts'] },
  { ...configs.recommended, files: published },
  // there is no public page of the package yet
  { files: published, rules: { '@n8n/community-nodes/require-homepage': 'off' } },
  { files: published, languageOptions: { parser: tseslint.parser } },
  ...tseslint.configs.strict.map((config) => ({ ...config, files: ['nodes/**/*.ts', 'credentials/**/*.ts'] })),
  {
    files: ['nodes/**/*.ts', 'credentials/**/*.ts'],
    rules: { 'max-lines': ['warn', { max: 400 }], 'no-console': 'error' },
  },
]
