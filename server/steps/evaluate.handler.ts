import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { textOfContent } from '../contract/chat-content'
import { evaluateInput, type EvaluateInput, type EvaluationItem } from '../contract/evaluations'
import type { ModelRef } from '../contract/workers'
import { inParallel } from './handler/in-parallel'
import { readHeldOutRows, type HeldOutRow } from './evaluate/held-out-rows'
import { judgeGate, type Scores } from './evaluate/judge-gate'
import { evaluationNotes } from './evaluate/notes'
import { pickRows } from './evaluate/pick-rows'
import { measureLosses } from './evaluate/row-losses'
import { scoreTexts } from './evaluate/score-texts'
import { StepFailed, type Handler, type Task } from './handler'

/** Requests on their way at once; a serving engine answers as many together. */
const concurrency = 4

interface Side {
  ref: ModelRef
  role: 'model' | 'baseline'
}
interface Data {
  path: string
  rows: HeldOutRow[]
  picked: HeldOutRow[]
  usedTrainingRows: boolean
}

const sidesOf = ({ lease }: Task, input: EvaluateInput): { model: Side; baseline: Side | null } => {
  const { model, baseline } = lease.models
  if (model === undefined)
    throw new StepFailed('model_not_found', `The lease does not name the model "${input.model}".`)
  if (input.baseline !== null && baseline === undefined)
    throw new StepFailed('model_not_found', `The lease does not name the baseline "${input.baseline}".`)
  return {
    model: { ref: model, role: 'model' },
    baseline: input.baseline === null || baseline === undefined ? null : { ref: baseline, role: 'baseline' },
  }
}

const openData = async ({ blobs, detectLanguage }: Task, input: EvaluateInput): Promise<Data> => {
  const usedTrainingRows = !blobs.has('validation')
  const { path } = await blobs.open(usedTrainingRows ? 'train' : 'validation')
  const rows = await readHeldOutRows(path, detectLanguage)
  // a row without a prompt (text to continue) counts for the loss only
  const askable = rows.filter(({ prompt }) => prompt.length > 0)
  const chosen = pickRows(
    askable.map(({ language, channel }) => `${language}/${channel ?? ''}`),
    input.max_items,
  )
  return { path, rows, picked: chosen.flatMap((index) => askable[index] ?? []), usedTrainingRows }
}

/** All figures of one side. Loss is measured on every row, texts are written for the picked ones at temperature 0. */
const measureSide = async ({ ref, role }: Side, data: Data, input: EvaluateInput, task: Task, onText: () => void) => {
  const losses = input.metrics.includes('loss')
    ? await measureLosses({ model: ref, role, dataPath: data.path, rows: data.rows }, task)
    : null
  const needsTexts = input.metrics.some((metric) => metric !== 'loss')
  let tokens = 0
  const texts = !needsTexts
    ? []
    : await inParallel(data.picked, concurrency, async (row) => {
        const answer = await task.chat({
          model: ref.id,
          messages: row.prompt,
          temperature: 0,
          // a seed keeps the engine from batching it with other requests, so the same model gets the same verdict again
          seed: 0,
          max_tokens: input.max_tokens,
        })
        tokens += answer.usage.completion_tokens
        onText()
        return { row, text: answer.choices[0]?.message.content ?? '' }
      })
  const scored = texts.length === 0 ? { all: {}, by_language: {}, items: [] } : await scoreTexts(texts, input, task)
  const languages = new Set([...Object.keys(losses?.by_language ?? {}), ...Object.keys(scored.by_language)])
  const byLanguage: Record<string, Scores> = {}
  for (const language of [...languages].sort()) {
    const loss = losses?.by_language[language]
    byLanguage[language] = { ...(loss === undefined ? {} : { loss }), ...scored.by_language[language] }
  }
  return {
    side: {
      model: ref.id,
      all: { ...(losses === null ? {} : { loss: losses.loss }), ...scored.all } as Scores,
      by_language: byLanguage,
      perplexity: losses?.perplexity ?? null,
    },
    texts,
    scores: scored.items,
    tokens,
  }
}
type Measured = Awaited<ReturnType<typeof measureSide>>

const itemsOf = (picked: readonly HeldOutRow[], model: Measured, baseline: Measured | null): EvaluationItem[] =>
  picked.flatMap((row, position) => {
    const text = model.texts[position]
    if (text === undefined) return []
    return [
      {
        index: row.index,
        prompt: row.prompt.map(({ content }) => textOfContent(content)).join('\n\n'),
        reference: row.reference,
        metadata: row.metadata,
        model_text: text.text,
        baseline_text: baseline?.texts[position]?.text ?? null,
        model_scores: model.scores[position] ?? {},
        baseline_scores: baseline?.scores[position] ?? null,
      },
    ]
  })

/** Measures a model beside a baseline on held-out rows and judges it by its gate. */
export const evaluate: Handler<'evaluate'> = async (task) => {
  const input = evaluateInput.parse(task.lease.input)
  if (input.metrics.includes('brand_rules') && input.rules === null) {
    throw new StepFailed(
      'invalid_request',
      'The metric "brand_rules" needs `rules`; state them or leave the metric out.',
    )
  }
  const sides = sidesOf(task, input)
  const data = await openData(task, input)
  if (data.rows.length === 0)
    throw new StepFailed('dataset_too_small', 'The dataset version has no rows to evaluate on.')

  let written = 0
  const total = data.picked.length * (sides.baseline === null ? 1 : 2)
  const onText = () => task.report.progress({ step: ++written, total: total || null, unit: 'items', eta_seconds: null })
  const model = await measureSide(sides.model, data, input, task, onText)
  const baseline = sides.baseline === null ? null : await measureSide(sides.baseline, data, input, task, onText)

  const judged = (side: Measured['side']): Scores =>
    input.gate_language === null ? side.all : (side.by_language[input.gate_language] ?? {})
  const path = join(task.folder, 'items.jsonl')
  await writeFile(
    path,
    itemsOf(data.picked, model, baseline)
      .map((item) => `${JSON.stringify(item)}\n`)
      .join(''),
  )
  return {
    kind: 'evaluate',
    result: {
      model: model.side,
      baseline: baseline?.side ?? null,
      gate: judgeGate(input.gate, judged(model.side), baseline === null ? null : judged(baseline.side)),
      notes: evaluationNotes({
        baseModel: sides.model.ref.base_model,
        languages: [...new Set(data.rows.map(({ language }) => language))],
        gateLanguage: input.gate_language,
        usedTrainingRows: data.usedTrainingRows,
      }),
    },
    items: await task.blobs.upload(path, 'items.jsonl'),
    tokens: model.tokens + (baseline?.tokens ?? 0),
  }
}
