/**
 * What n8n's scanner says of the node package: of its sources, and of the tarball that would be published. The scanner
 * itself wants a published package; its `analyzePackage` looks at a folder. Ends with code 1 on a finding, on a file
 * in the tarball that is not expected there, and on a tarball above the limit.
 *
 *     node scripts/scan-nodes.mjs      after `npm run build:nodes`
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { analyzePackage, SOURCE_FILE_PATTERNS } from '@n8n/scan-community-package/scanner/scanner.mjs'
import { npm, root, run } from './setup/step.mjs'

const limitBytes = 300_000
const expected = /^(dist\/|README\.md$|LICENSE\.md$|package\.json$)/

const problems = []
const scan = async (what, folder, patterns) => {
  const { passed, message, details } = await analyzePackage(folder, patterns)
  console.log(`${what}: ${passed ? '0 findings' : message}`)
  if (!passed) problems.push(`${what}: ${details ?? message}`)
}

const folder = mkdtempSync(join(tmpdir(), 'forge-nodes-'))
try {
  await scan('source', root, SOURCE_FILE_PATTERNS)

  const packed = await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder])
  const [{ filename, size, files }] = JSON.parse(packed.slice(packed.indexOf('[')))
  console.log(`tarball: ${files.length} files, ${size} bytes`)
  const strangers = files.map(({ path }) => path).filter((path) => !expected.test(path))
  if (strangers.length > 0) problems.push(`The tarball holds what nobody needs: ${strangers.join(', ')}`)
  if (size > limitBytes) problems.push(`The tarball has ${size} bytes; the limit is ${limitBytes}.`)

  await run('tar', ['-xzf', join(folder, filename), '-C', folder])
  await scan('tarball', join(folder, 'package'))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1
