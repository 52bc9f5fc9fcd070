import axe from 'axe-core'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { root, startForge, type ForgeProcess } from '../../chaos/forge-process'
import { openChromium } from '../../support/chromium'
import { queryEmbedded } from '../../support/embedded-database'

const pictures = process.env['FORGE_SCREENSHOTS'] ?? join(root, '.tmp', 'screenshots')
/** How long the console may take to show what a test waits for; jobs of the default model take minutes. */
export const patience_ms = 60_000

/** A real `forge start` with the default model, and a Chromium that is signed in by the printed link. */
export interface ConsoleWorld {
  forge: ForgeProcess
  page: Page
  browser: Browser
  /** A sign-in link that nobody has used. */
  link(): Promise<string>
  /** Opens a view of the console. */
  open(path: string): Promise<void>
  /** Keeps pictures of what is on show, light and dark, as console-<name>.png and console-<name>-dark.png. */
  picture(name: string): Promise<void>
  /** What axe-core finds to be serious or critical about what is on show, in one line each. */
  violations(): Promise<string[]>
  sql<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>
  /** Ends Forge and starts it on the same folder and port. */
  restartForge(): Promise<void>
  stop(): Promise<void>
}

export const startConsoleWorld = async (environment: Record<string, string> = {}): Promise<ConsoleWorld> => {
  const folder = mkdtempSync(join(tmpdir(), 'forge-console-'))
  chmodSync(folder, 0o755)
  mkdirSync(pictures, { recursive: true })
  const launch = (port: string): Promise<ForgeProcess> =>
    startForge(folder, {
      FORGE_MODELS_DIR: join(root, '.models'),
      FORGE_LEASE_SECONDS: '30',
      FORGE_HEARTBEAT_SECONDS: '2',
      FORGE_PORT: port,
      ...environment,
    })
  const forge = await launch('0')
  const browser = await openChromium().catch(async (error: unknown) => {
    await forge.stop()
    throw error
  })
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', colorScheme: 'light' })
  page.setDefaultTimeout(patience_ms)
  const world: ConsoleWorld = {
    forge,
    page,
    browser,
    async link() {
      const response = await fetch(`${forge.url}/v1/sign_in_links`, {
        method: 'POST',
        headers: { authorization: 'Bearer chaos-admin-key-0123456789', 'content-type': 'application/json' },
        body: '{}',
      })
      return ((await response.json()) as { url: string }).url
    },
    async open(path) {
      await page.goto(forge.url + path)
      await page.getByRole('heading', { level: 1 }).waitFor()
    },
    async picture(name) {
      await page.screenshot({ path: join(pictures, `console-${name}.png`) })
      await page.emulateMedia({ colorScheme: 'dark' })
      await page.screenshot({ path: join(pictures, `console-${name}-dark.png`) })
      await page.emulateMedia({ colorScheme: 'light' })
    },
    async violations() {
      await page.evaluate(axe.source)
      const { violations } = await page.evaluate(() =>
        (globalThis as unknown as { axe: typeof axe }).axe.run({ resultTypes: ['violations'] }),
      )
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
    },
    sql: <Row extends object>(text: string, values: unknown[] = []) => queryEmbedded<Row>(folder, text, values),
    async restartForge() {
      const { port } = new URL(world.forge.url)
      await world.forge.stop()
      world.forge = await launch(port)
    },
    async stop() {
      await browser.close()
      await world.forge.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await page.goto(forge.consoleLink)
  await page.getByRole('heading', { name: 'Start' }).waitFor()
  return world
}
