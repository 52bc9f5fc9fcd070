import { join } from 'node:path'
import type { ModelRef } from '../../contract/workers'
import type { Task } from '../handler'
import { openModel } from '../handler/model-folder'
import type { HeldOutRow } from './held-out-rows'

/** Longest row in tokens; a longer one loses its beginning. */
const maxLength_tokens = 1024

export interface Losses {
  /** Mean over all completion tokens. */
  loss: number
  perplexity: number
  /** Mean of the rows' own means. */
  by_language: Record<string, number>
}

/** The loss of a model on the held-out rows, through the training engine. */
export const measureLosses = async (
  { model, role, dataPath, rows }: { model: ModelRef; role: string; dataPath: string; rows: readonly HeldOutRow[] },
  task: Task,
): Promise<Losses> => {
  const opened = await openModel(model, {
    target: join(task.folder, `model-${role}`),
    baseDir: async () => (await task.baseModels.resolve(model.base_model)).dir,
    fetch: (artifact) => task.blobs.fetch(artifact),
  })
  const result = await task.training.loss(
    {
      ...opened,
      data_path: dataPath,
      max_length: maxLength_tokens,
    },
    (event) => {
      if (event.type === 'progress') task.report.progress({ ...event, total: event.total || null })
    },
  )
  const sums = new Map<string, { sum: number; rows: number }>()
  result.row_losses.forEach((loss, index) => {
    const language = rows[index]?.language ?? 'und'
    const known = sums.get(language) ?? { sum: 0, rows: 0 }
    sums.set(language, { sum: known.sum + loss, rows: known.rows + 1 })
  })
  return {
    loss: result.loss,
    perplexity: result.perplexity,
    by_language: Object.fromEntries([...sums].map(([language, { sum, rows: count }]) => [language, sum / count])),
  }
}
