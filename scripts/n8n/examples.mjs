/** The example workflows, ready to be imported. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/step.mjs'

/** Where the example workflows read their data. */
export const examples = join(root, 'examples')

/**
 * Every n8n workflow among the examples; `%EXAMPLES%` in them is where the examples lie on this machine.
 * @returns {import('./rest.mjs').Workflow[]}
 */
export const exampleWorkflows = () =>
  readdirSync(examples, { recursive: true })
    .filter((path) => /(^|[\\/])n8n[\\/][^\\/]+\.json$/.test(path))
    .sort()
    .map((path) => JSON.parse(readFileSync(join(examples, path), 'utf8').replaceAll('%EXAMPLES%', examples)))

/**
 * Puts the id of the credential made here into the nodes that ask for one of its type.
 * @param {import('./rest.mjs').Workflow} workflow
 * @param {{ id: string, name: string }} credential
 * @param {string} [type] n8n's name of the credential's type; Forge's by default
 * @returns {import('./rest.mjs').Workflow}
 */
export const withCredential = (workflow, { id, name }, type = 'forgeApi') => ({
  ...workflow,
  nodes: workflow.nodes.map((node) =>
    node.credentials?.[type] ? { ...node, credentials: { ...node.credentials, [type]: { id, name } } } : node,
  ),
})
