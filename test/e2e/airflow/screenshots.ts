import type { Locator, Page } from 'playwright-core'

/* Airflow's pages as a person sees them. Names and labels are Airflow's own and hold for the pinned version. */

/** How long a page may take on a busy machine. */
export const patience_ms = 90_000

/** Signs in at Airflow's simple auth manager, and ends on its first page. */
export const signIn = async (page: Page, url: string, user: { name: string; password: string }): Promise<void> => {
  await page.goto(url)
  await page.fill('input[name=username]', user.name)
  await page.fill('input[name=password]', user.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('link', { name: 'Dags' }).first().waitFor()
}

/** Opens the details of a task of a run, where its links are, and gives where the one of this name leads. */
export const taskLink = async (
  page: Page,
  url: string,
  task: { dagId: string; runId: string; taskId: string },
  name: string,
): Promise<string | null> => {
  await page.goto(`${url}/dags/${task.dagId}/runs/${encodeURIComponent(task.runId)}/tasks/${task.taskId}/details`)
  return await page.getByRole('link', { name }).getAttribute('href')
}

/** Opens "Add Connection" and chooses a type by its name; its standard fields are unfolded. */
export const connectionForm = async (page: Page, url: string, type: string): Promise<Locator> => {
  await page.goto(`${url}/connections`)
  await page.getByRole('button', { name: 'Add Connection' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('combobox').first().fill(type)
  await page.getByRole('option', { name: type, exact: true }).click()
  return dialog
}

/** Unfolds the fields that only this type has; Airflow folds the standard ones. */
export const openExtraFields = async (dialog: Locator): Promise<void> => {
  await dialog.getByRole('button', { name: 'Extra Fields', exact: true }).click()
}
