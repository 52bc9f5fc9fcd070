/**
 * Measures Forge's nodes in a real n8n beside a real Forge, with the default model. Run after `npm run build` and
 * `npm run build:nodes`, with Node 24, on Linux:
 *
 *     npm run bench:n8n                              parts generate, resume and burst at full size
 *     npm run bench:n8n -- --items 200 --rounds 2    a smaller part generate, twice
 *     npm run bench:n8n -- --parts resume --parked 40
 *     npm run bench:n8n -- --parts none --ingest-500mb
 *
 * Prints tables and writes every figure to .tmp/bench-n8n.json. A part that was left out keeps what is there of it.
 * HTTP Request at batch size 1 takes a second per item by n8n's own default; `--only` names the ways that are wanted.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureBurst } from './bench-n8n/burst.mts'
import { load } from './bench/figures.mts'
import { measureGenerate } from './bench-n8n/generate.mts'
import { measureLargeFile } from './bench-n8n/large-file.mts'
import { measureResume } from './bench-n8n/resume.mts'
import { startWorld } from './bench-n8n/world.mts'
import { readIfThere, root } from './setup/step.mjs'

const { values } = parseArgs({
  options: {
    items: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true, default: [] },
    parked: { type: 'string', default: '40' },
    products: { type: 'string', default: '200' },
    parts: { type: 'string', default: 'generate,resume,burst' },
    'ingest-500mb': { type: 'boolean', default: false },
    'ingest-mb': { type: 'string', default: '500' },
  },
})
const parts = new Set(values.parts.split(','))
const target = join(root, '.tmp', 'bench-n8n.json')

const keep = (part: string, figures: unknown): void => {
  const before = JSON.parse(readIfThere(target) ?? '{}') as Record<string, unknown>
  mkdirSync(join(root, '.tmp'), { recursive: true })
  writeFileSync(target, `${JSON.stringify({ ...before, [part]: figures }, null, 2)}\n`)
}

const world = await startWorld()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void world.stop().then(() => process.exit(1)))
try {
  keep('machine', { cpus: cpus().length, cpu: cpus()[0]?.model ?? null, node: process.version, load_at_start: load() })
  if (parts.has('resume')) keep('resume', await measureResume(world, Number(values.parked)))
  if (parts.has('burst')) keep('burst', await measureBurst(world, Number(values.products)))
  if (values['ingest-500mb']) keep('large_file', await measureLargeFile(world, Number(values['ingest-mb']) * 1_000_000))
  if (parts.has('generate')) {
    const options = { items: Number(values.items), rounds: Number(values.rounds), only: values.only }
    keep('generate', await measureGenerate(world, options))
  }
} finally {
  await world.stop()
}
