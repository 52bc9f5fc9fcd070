/**
 * Measures the console on a full database: a fresh `forge start`, 1,000,000 jobs written into its PostgreSQL, then the list
 * of jobs by the API (with and without filters, the first page and a deep one) and the jobs page in a real Chromium. Run
 * after `npm run setup`, with Node 24:
 *
 *     npm run bench:console                     1,000,000 jobs
 *     npm run bench:console -- --jobs 10000
 *
 * The floor is the same with forty jobs, measured before in the same run. Prints also how much a browser loads first.
 * Figures go to .tmp/bench-console.json.
 */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { load, percentile, printTable, rounded } from './bench/figures.mts'
import { routes, startForge, type Forge } from './bench/forge.mts'
import { seedJobs } from './bench-console/seed-jobs.mts'
import { root } from './setup/step.mjs'

const require = createRequire(import.meta.url)
const { chromium } = require('playwright-core') as typeof import('playwright-core')

const { values } = parseArgs({ options: { jobs: { type: 'string', default: '1000000' } } })
const fewJobs = 40
const calls = 200
const openings = 20

/** Milliseconds of each call of a list, one after the other. */
const timeCalls = async (forge: Forge, query: object): Promise<number[]> => {
  const times: number[] = []
  for (let call = 0; call < calls; call += 1) {
    const started = performance.now()
    await forge.client.call(routes.listJobs, { query: { limit: 50, ...query } })
    times.push(performance.now() - started)
  }
  return times
}

/** Milliseconds from the request of the page until its first row can be pressed, in a browser that has its files. */
const timeOpenings = async (page: Page, url: string): Promise<number[]> => {
  const times: number[] = []
  for (let opening = 0; opening < openings; opening += 1) {
    await page.goto('about:blank')
    const started = performance.now()
    await page.goto(url, { waitUntil: 'commit' })
    await page.locator('tbody tr a').first().waitFor()
    times.push(performance.now() - started)
  }
  return times
}

/** Bytes of JavaScript and CSS, gzipped, that index.html loads before anything is shown. */
const initialBytes = (): number => {
  const folder = join(root, 'server', 'dist', 'public')
  const page = readFileSync(join(folder, 'index.html'), 'utf8')
  return [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)]
    .map(([, path]) => gzipSync(readFileSync(join(folder, path ?? ''))).length)
    .reduce((sum, bytes) => sum + bytes, 0)
}

const figuresOf = (name: string, times: readonly number[]) => ({
  name,
  p50_ms: rounded(percentile(times, 0.5), 1),
  p95_ms: rounded(percentile(times, 0.95), 1),
})

const folder = mkdtempSync(join(tmpdir(), 'forge-bench-console-'))
// PostgreSQL runs as another user where this one is root, and must be able to come by
chmodSync(folder, 0o755)
const forge = await startForge(folder)
const browser = await chromium.launch({
  executablePath: process.env['FORGE_CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
})
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  const { url: link } = await forge.client.call(routes.createSignInLink, { body: {} })
  await page.goto(link)
  await page.getByRole('heading', { level: 1, name: 'Start' }).waitFor()

  /** The lists and the page as they are now, with that many jobs. */
  const measure = async (count: number) => {
    const middle = await seedJobs(folder, count)
    return [
      figuresOf('list', await timeCalls(forge, {})),
      figuresOf('list, failed', await timeCalls(forge, { status: 'failed' })),
      figuresOf('list, failed evaluations', await timeCalls(forge, { status: 'failed', kind: 'evaluate' })),
      figuresOf('list, of one n8n execution', await timeCalls(forge, { metadata: 'n8n_execution=7' })),
      figuresOf('list, from the middle on', await timeCalls(forge, { after: middle })),
      figuresOf('jobs page', await timeOpenings(page, `${forge.url}/jobs`)),
      figuresOf('jobs page, failed', await timeOpenings(page, `${forge.url}/jobs?status=failed`)),
    ]
  }
  const few = await measure(fewJobs)
  const many = await measure(Number(values.jobs))
  printTable(
    `Jobs: ${values.jobs}, beside ${fewJobs} (p50 and p95 in ms)`,
    many.map((row, at) => ({
      ...row,
      few_p50_ms: few[at]?.p50_ms,
      ratio_p50: rounded(row.p50_ms / (few[at]?.p50_ms ?? row.p50_ms)),
    })),
  )
  const bytes = initialBytes()
  console.log(`Loaded first: ${rounded(bytes / 1000, 0)} kB of JavaScript and CSS, gzipped`)
  mkdirSync(join(root, '.tmp'), { recursive: true })
  writeFileSync(
    join(root, '.tmp', 'bench-console.json'),
    `${JSON.stringify({ jobs: Number(values.jobs), many, few, initial_bytes: bytes, load: load() }, null, 2)}\n`,
  )
} finally {
  await browser.close()
  await forge.stop()
  rmSync(folder, { recursive: true, force: true })
}
