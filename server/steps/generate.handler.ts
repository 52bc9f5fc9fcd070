import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChatCompletion } from '../contract/chat'
import { generateInput, type GenerateInput, type GenerationItem, type GenerationRow } from '../contract/generations'
import { expandItems } from './generate/expand-items'
import { inParallel } from './handler/in-parallel'
import { StepFailed, type Handler, type Task } from './handler'

/** Requests on their way at once; a serving engine answers as many together. */
const concurrency = 4

const ask = (task: Task, input: GenerateInput, model: string, { messages }: GenerationItem) =>
  task.chat({
    model,
    messages,
    max_tokens: input.max_tokens,
    temperature: input.temperature,
    ...(input.response_format === null ? {} : { response_format: input.response_format }),
  })

const textOf = ({ choices }: ChatCompletion): string => choices[0]?.message.content ?? ''

/** What `work` gives, or the error that it failed with. A signal that aborted still ends everything. */
const attempt = async <Answer>(task: Task, work: () => Promise<Answer>): Promise<Answer | StepFailed> => {
  try {
    return await work()
  } catch (error) {
    task.signal.throwIfAborted()
    if (error instanceof StepFailed) return error
    throw error
  }
}

/** One item's row. A comparison that fails is logged: the item's own text stays good. */
const writeRow = async (
  task: Task,
  input: GenerateInput,
  item: GenerationItem,
  index: number,
  compare: boolean,
): Promise<GenerationRow> => {
  const { compare_with: other } = input
  const answer = await attempt(task, async () => await ask(task, input, input.model, item))
  const otherAnswer =
    other === null || !compare ? null : await attempt(task, async () => await ask(task, input, other, item))
  if (otherAnswer instanceof StepFailed)
    task.report.log(`Item ${index} has no text of ${other}: ${otherAnswer.message}`)
  return {
    index,
    metadata: item.metadata,
    ...(answer instanceof StepFailed
      ? { text: null, usage: null, error: answer.toJobError() }
      : { text: textOf(answer), usage: answer.usage, error: null }),
    compare_text: otherAnswer === null || otherAnswer instanceof StepFailed ? null : textOf(otherAnswer),
  }
}

/**
 * Which items the other model writes too: the first of each product (or of each item without one) in turn, so that few
 * comparisons show many products.
 */
const compared = (items: readonly GenerationItem[], limit: number): ReadonlySet<number> => {
  const seen = new Set<unknown>()
  const [firsts, others] = [[] as number[], [] as number[]]
  for (const [index, { metadata }] of items.entries()) {
    const product = metadata['product_id'] ?? index
    if (seen.has(product)) others.push(index)
    else firsts.push(index)
    seen.add(product)
  }
  return new Set([...firsts, ...others].slice(0, limit))
}

/** Writes a text for every item. An item that fails carries its error; the job fails only when all of them do. */
export const generate: Handler<'generate'> = async (task) => {
  const input = generateInput.parse(task.lease.input)
  const items = await expandItems(input, task)
  if (items.length === 0)
    throw new StepFailed('invalid_request', 'The source gives no items: the export holds no product.')
  const both = compared(items, input.compare_items)
  let done = 0
  const rows = await inParallel(items, concurrency, async (item, index) => {
    const row = await writeRow(task, input, item, index, both.has(index))
    task.report.progress({ step: ++done, total: items.length, unit: 'items', eta_seconds: null })
    return row
  })
  const failed = rows.filter(({ error }) => error !== null)
  const [first] = failed
  if (first?.error && failed.length === rows.length)
    throw new StepFailed(first.error.code, `All ${rows.length} items failed, the first with: ${first.error.message}`)

  const path = join(task.folder, 'rows.jsonl')
  await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return {
    kind: 'generate',
    rows: await task.blobs.upload(path, 'rows.jsonl'),
    items: rows.length,
    failed_items: failed.length,
    tokens: rows.reduce((sum, { usage }) => sum + (usage?.completion_tokens ?? 0), 0),
  }
}
