import { join, relative } from 'node:path'
import { createClient } from '../client/client'
import { errorText, type Output, type Session } from './context'
import { duration } from './quantities'
import { showRun, startRecipe } from './run'
import { exitCode, readResults, runReport, type RunResults } from './run-report'
import { saveGenerated, saveModel } from './save-outputs'

export interface DemoContext {
  /** of a server that has started, with a worker beside it */
  serverUrl: string
  /** with the scopes `read`, `write` and `generate` */
  apiKey: string
  /** the folder that holds recipe.yaml */
  exampleDir: string
  /** what came out goes to `out/` in it */
  dataDir: string
  out: Output
  isTerminal: boolean
  /** where `npm start` will answer. Default http://127.0.0.1:8470 */
  startUrl?: string
}

const save = async (session: Session, dataDir: string, { model, generated }: RunResults): Promise<string[]> => [
  ...(model ? await saveModel(session.client, join(dataDir, 'out', 'adapter'), model) : []),
  ...(generated.length > 0 ? await saveGenerated(join(dataDir, 'out'), generated) : []),
]

const example = 'Write the social text in German.\nProduct: Oak Bread Board\nFacts: Eiche; 38 x 22 cm; Portugal'

const nextSteps = (
  { exampleDir, dataDir, startUrl = 'http://127.0.0.1:8470' }: DemoContext,
  { deployment }: RunResults,
): string => {
  const body = { model: deployment, messages: [{ role: 'user', content: example }], max_tokens: 64, temperature: 0 }
  const call = [
    '',
    'export FORGE_API_KEY=<the admin key that npm start prints>',
    `curl ${startUrl}/v1/chat/completions \\`,
    '  -H "Authorization: Bearer $FORGE_API_KEY" -H "Content-Type: application/json" \\',
    `  -d '${JSON.stringify(body)}'`,
    '',
  ]
  return [
    `export FORGE_DATA_DIR=${relative('', dataDir)}`,
    'npm start                        the server with all that the demo made; the rest in a second shell',
    ...(deployment === null ? [] : call),
    'npm run forge -- jobs list       every job, with its time and energy',
    `npm run forge -- run ${relative('', join(exampleDir, 'recipe.yaml'))}`,
    'npm run forge -- run examples/own-data/shopify.yaml --data <your export.csv>',
  ].join('\n')
}

/**
 * Runs an example's recipe from its data to finished texts on a started server, prints what came out and saves it.
 * Gives the exit code: 0, or 1 when a step failed, the gate stayed closed or the server did not answer.
 */
export const runDemo = async (context: DemoContext): Promise<0 | 1> => {
  const { serverUrl, apiKey, exampleDir, dataDir, out, isTerminal } = context
  const print = (text: string): void => void out.write(`${text}\n`)
  const session: Session = {
    client: createClient({ baseUrl: serverUrl, apiKey }),
    serverUrl,
    json: false,
    isTerminal,
    out,
    print,
    show: (value, readable) => print(readable(value)),
  }
  const began = Date.now()
  try {
    const run = await startRecipe(session, join(exampleDir, 'recipe.yaml'))
    const results = await readResults(session.client, await showRun(session, run))
    print(`\n${runReport(results)}`)
    print(`\n${duration((Date.now() - began) / 1000)} from the first upload to here.`)
    const paths = await save(session, dataDir, results)
    if (paths.length > 0) print(`\nFiles\n\n${paths.map((path) => relative('', path)).join('\n')}`)
    print(`\nTry next\n\n${nextSteps(context, results)}`)
    return exitCode(results)
  } catch (error) {
    const text = errorText(error)
    if (text === null) throw error
    print(text)
    return 1
  }
}
