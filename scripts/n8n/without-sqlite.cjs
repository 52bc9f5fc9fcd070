/**
 * Loaded into n8n before its own code. n8n's AI Agent asks for SQLite as soon as it is loaded, for the SQL agent of its
 * oldest version; this n8n keeps its data in PostgreSQL and has no SQLite built (`install.mjs`), so the agent would not
 * load at all. Here it gets a stand-in, which says what is missing once somebody opens a SQLite file.
 *
 *     node --require ./without-sqlite.cjs n8n start
 */
const { registerHooks } = require('node:module')
const { pathToFileURL } = require('node:url')

class Database {
  constructor() {
    throw new Error('This n8n runs without SQLite. Give its SQL agent a PostgreSQL or MySQL connection.')
  }
}

// asked for by that name, n8n gets this very file
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'sqlite3'
      ? { url: pathToFileURL(__filename).href, format: 'commonjs', shortCircuit: true }
      : next(specifier, context),
})

module.exports = { Database, verbose: () => module.exports }
