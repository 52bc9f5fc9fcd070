const { join, sep } = require('node:path')

const root = join(__dirname, '..', '..')
const engine = join(root, 'test', 'nodes', 'engine') + sep
const nodes = join(root, 'dist') + sep

/**
 * Two zods live here: the server's (4) and the one that n8n's engine asks for (3); the root's folder holds n8n's. Tests
 * speak of the server's, the engine finds its own. The built nodes get the n8n-workflow of the engine that runs them, as
 * in a real n8n.
 */
module.exports = (request, options) => {
  const { basedir, defaultResolver } = options
  if (request === 'zod' && !basedir.startsWith(engine))
    return defaultResolver(join(root, 'server', 'node_modules', 'zod'), options)
  if (request === 'n8n-workflow' && basedir.startsWith(nodes))
    return defaultResolver(request, { ...options, basedir: engine })
  return defaultResolver(request, options)
}
