import type { Locator, Page } from 'playwright-core'

/*
 * n8n's editor as a person uses it: the node panel, the fields of a node, the canvas. The marks (`data-test-id`) are
 * n8n's own and hold for the pinned version.
 */

/** How long a page, a panel or a list may take on a busy machine. */
export const patience_ms = 90_000

const marked = (page: Page | Locator, mark: string): Locator => page.locator(`[data-test-id="${mark}"]`)
const canvasNode = (page: Page, name: string): Locator =>
  page.locator(`[data-test-id="canvas-node"][data-node-name="${name}"]`)

export const signIn = async (page: Page, url: string, owner: { email: string; password: string }): Promise<void> => {
  await page.goto(`${url}/signin`)
  await page.fill('input[name=emailOrLdapLoginId]', owner.email)
  await page.fill('input[type=password]', owner.password)
  await marked(page, 'form-submit-button').click()
  await page.waitForURL(/\/(home|workflow)/)
}

/** An empty workflow that a click on "Execute workflow" starts. */
export const newWorkflow = async (page: Page, url: string): Promise<void> => {
  await page.goto(`${url}/workflow/new`)
  await marked(page, 'canvas-plus-button').click()
  await marked(page, 'node-creator-search-bar').fill('manual')
  await marked(page, 'node-creator-item-name').first().click()
  await marked(page, 'canvas-node').first().waitFor()
}

/** The titles that the node panel finds. */
export const searchNodes = async (page: Page, words: string, expected: string): Promise<string[]> => {
  if (!(await marked(page, 'node-creator-search-bar').isVisible())) {
    await marked(page, 'node-creator-plus-button').click()
  }
  await marked(page, 'node-creator-search-bar').fill(words)
  const names = marked(page, 'node-creator-item-name')
  await names.getByText(expected, { exact: true }).first().waitFor()
  return await names.allInnerTexts()
}

/** Puts a node behind the selected one by its action in the node panel, and leaves it open. */
export const addNode = async (page: Page, name: string, action: string): Promise<void> => {
  await searchNodes(page, name, name)
  await marked(page, 'node-creator-item-name').getByText(name, { exact: true }).first().click()
  await marked(page, 'node-creator').getByText(action, { exact: true }).click()
  await marked(page, 'ndv').waitFor()
}

export const openNode = async (page: Page, name: string): Promise<void> => {
  await canvasNode(page, name).dblclick()
  await marked(page, 'ndv').waitFor()
}
export const closeNode = async (page: Page): Promise<void> => {
  await marked(page, 'ndv-close-button').click()
  await marked(page, 'ndv').waitFor({ state: 'hidden' })
}
/** Clicks a node, so that the next one is put behind it. */
export const selectNode = async (page: Page, name: string): Promise<void> => {
  await canvasNode(page, name).click()
}

export const fill = async (page: Page, parameter: string, value: string): Promise<void> => {
  await marked(page, `parameter-input-${parameter}`).locator('input, textarea').first().fill(value)
}

/** Adds one of the optional fields of the collection at that place in the open node. */
export const addOption = async (page: Page, collection: number, option: string): Promise<void> => {
  await marked(page, 'collection-parameter-add').nth(collection).click()
  const entries = page.locator('.el-select-dropdown__item:visible, [role=option]:visible, [role=menuitem]:visible')
  await entries.getByText(option, { exact: true }).first().click()
}

/** Opens the list of a resource locator, gives its entries and takes the one that holds `wanted`. */
export const choose = async (
  page: Page,
  parameter: string,
  wanted: string,
  look: () => Promise<unknown> = () => Promise.resolve(),
): Promise<string[]> => {
  await marked(page, `resource-locator-${parameter}`).locator('input').last().click()
  const entries = marked(page, 'rlc-item')
  await entries.filter({ hasText: wanted }).first().waitFor()
  await look()
  const texts = await entries.allInnerTexts()
  await entries.filter({ hasText: wanted }).first().click()
  return texts
}

/** "Execute step" in the open node. */
export const executeStep = async (page: Page): Promise<void> => {
  await marked(page, 'node-execute-button').click()
}
export const executeWorkflow = async (page: Page): Promise<void> => {
  await marked(page, 'execute-workflow-button').click()
}

/** Resolves when the node on the canvas has its check mark. */
export const succeeded = async (page: Page, name: string, timeout_ms: number): Promise<void> => {
  await marked(canvasNode(page, name), 'canvas-node-status-success').waitFor({ timeout: timeout_ms })
}

/** What the open node put out, as text. */
export const output = (page: Page): Locator => marked(page, 'output-panel')

/** Shows the whole workflow. */
export const fit = async (page: Page): Promise<void> => {
  await marked(page, 'tidy-up-button').click()
  await marked(page, 'zoom-to-fit').click()
}
