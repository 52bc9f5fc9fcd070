import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const places = [
  process.env['FORGE_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]
const find = (): string | undefined => places.find((path) => path !== undefined && existsSync(path))

/**
 * Debian's package, where root runs the tests: a browser is a system package there and no download of playwright's own
 * build can be counted on.
 */
const install = (): void => {
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit'] }
  execFileSync('apt-get', ['update', '-qq'], quiet)
  const packages = ['chromium', 'fonts-liberation', 'fonts-noto-cjk']
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], quiet)
}

/** A real Chromium without a window. Throws with the remedy where there is none and it cannot be installed. */
export const openChromium = async (): Promise<Browser> => {
  const mayInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
  if (find() === undefined && mayInstall) install()
  const executablePath = find()
  if (executablePath === undefined) {
    throw new Error('There is no Chromium: install it, or set FORGE_CHROMIUM to the path of a Chromium or Chrome.')
  }
  // Chromium's sandbox refuses root; what it opens here are our own pages on loopback
  return await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}
