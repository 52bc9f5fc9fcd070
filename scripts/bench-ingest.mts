/**
 * Measures ingest on 60,000 synthetic Shopify rows (20,000 products of 3 variants, three text columns each):
 * source rows per second and the peak memory of the process. Run after `npm run build`, with Node 24:
 * `node scripts/bench-ingest.mts [rows]`.
 * Prints one JSON object: rows_in, rows_kept, seconds, rows_per_second, peak_rss_bytes.
 */
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const require = createRequire(import.meta.url)

const rows = Number(process.argv[2] ?? 60_000)
const folder = mkdtempSync(join(tmpdir(), 'forge-bench-ingest-'))
const columns = [
  'Handle',
  'Title',
  'Body (HTML)',
  'Vendor',
  'Type',
  'Tags',
  'Published',
  'Option1 Name',
  'Option1 Value',
  'Variant SKU',
  'Variant Price',
  'SEO Title',
  'SEO Description',
  'Facts EN',
  'Facts DE',
  'Facts FR',
  'Copy EN Shop',
  'Copy DE Shop',
  'Copy FR Shop',
  'Status',
]

const adjectives = ['warm', 'light', 'quiet', 'sturdy', 'soft', 'plain', 'broad']
const things = ['jacket', 'blanket', 'lamp', 'basket', 'scarf', 'kettle', 'stool', 'mirror']
const pick = <T,>(list: readonly T[], n: number): T => list[n % list.length] as T

/** The rows of one product, deterministic by its number. */
const product = (n: number): string => {
  const title = `${pick(adjectives, n)} ${pick(things, n * 3)} ${n}`
  const first: Record<string, string> = {
    Title: title,
    'Body (HTML)': `<p>A <b>${title}</b> made for every day, number ${n}.</p><ul><li>${(n % 90) + 10} cm wide</li></ul>`,
    Vendor: 'Bench',
    Type: pick(things, n * 3),
    Tags: 'a, b',
    Published: 'true',
    'Option1 Name': 'Size',
    'SEO Title': title,
    'SEO Description': title,
    'Facts EN': `${(n % 90) + 10} cm; oak; made by hand`,
    'Facts DE': `${(n % 90) + 10} cm; Eiche; Handarbeit`,
    'Facts FR': `${(n % 90) + 10} cm; chêne; fait main`,
    'Copy EN Shop': `The ${title} is made by hand of oak and measures ${(n % 90) + 10} cm, so it fits where others do not. Made to be kept.`,
    'Copy DE Shop': `Das Stück Nummer ${n} ist aus Eiche von Hand gemacht und misst ${(n % 90) + 10} cm, damit es überall Platz findet. Gemacht, um zu bleiben.`,
    'Copy FR Shop': `La pièce numéro ${n} est faite à la main en chêne et mesure ${(n % 90) + 10} cm, pour trouver sa place partout. Fait pour durer.`,
    Status: 'active',
  }
  return ['S', 'M', 'L']
    .map((size, variant) => {
      const cells: Record<string, string> = {
        ...(variant === 0 ? first : {}),
        Handle: `product-${n}`,
        'Option1 Value': size,
        'Variant SKU': `B-${n}-${size}`,
        'Variant Price': '19.00',
      }
      return columns.map((name) => `"${(cells[name] ?? '').replaceAll('"', '""')}"`).join(',')
    })
    .join('\n')
}

try {
  const path = join(folder, 'catalogue.csv')
  const out = createWriteStream(path)
  out.write(`${columns.join(',')}\n`)
  for (let n = 0; n < rows / 3; n++) if (!out.write(`${product(n)}\n`)) await once(out, 'drain')
  out.end()
  await once(out, 'close')

  const { runIngest } =
    require('../server/dist/steps/ingest/run-ingest.js') as typeof import('../server/steps/ingest/run-ingest.ts')
  const { ingestOptions } =
    require('../server/dist/contract/ingest.js') as typeof import('../server/contract/ingest.ts')
  const texts = ['EN', 'DE', 'FR'].map((code) => ({
    column: `Copy ${code} Shop`,
    language: code.toLowerCase(),
    channel: 'shop',
  }))
  const options = ingestOptions.parse({
    validation_split: 0.1,
    product_texts: { columns: texts, fact_columns: { en: ['Facts EN'], de: ['Facts DE'], fr: ['Facts FR'] } },
  })
  const start = performance.now()
  const { report } = await runIngest({
    sources: [{ path, filename: 'catalogue.csv' }],
    options,
    outDir: join(folder, 'out'),
    signal: new AbortController().signal,
    onProgress: () => {},
  })
  const seconds = (performance.now() - start) / 1000
  console.log(
    JSON.stringify({
      rows_in: report.rows_in,
      rows_kept: report.rows_kept,
      source_bytes: statSync(path).size,
      seconds: Number(seconds.toFixed(2)),
      rows_per_second: Math.round(report.rows_in / seconds),
      peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
    }),
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
