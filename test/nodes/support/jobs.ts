import { rollOutState, type Lease } from '../../../server/contract/workers'
import type { ScriptedWorker } from '../../support/scripted-worker'
import type { TestServer } from '../../support/server'

const report = {
  sources: [],
  formats: { 'items.jsonl': 'openai-chat' as const },
  rows_in: 3,
  products: null,
  variant_rows: 0,
  candidate_rows: 3,
  rows_kept: 2,
  train_rows: 2,
  validation_rows: 0,
  rows_dropped: { duplicate: 1 },
  duplicates: 1,
  first_problems: [],
  languages: { en: 2 },
  channels: {},
  languages_checked: 0,
  language_mismatches: 0,
  prompt_characters: null,
  completion_characters: null,
  personal_data: { redacted: false, found: {} },
  columns: ['messages'],
  appended_to: null,
  sample: [],
}

/** Ends an ingest job with a dataset of two rows. */
export const completeIngest = async (worker: ScriptedWorker, lease: Lease): Promise<void> => {
  const train = await worker.upload(lease, 'train.jsonl', '{"messages":[]}\n{"messages":[]}\n')
  await worker.complete(lease, {
    kind: 'ingest',
    train,
    train_rows: 2,
    validation: null,
    validation_rows: 0,
    report: { ...report, appended_to: lease.append_to },
  })
}

/** Ends a fine-tune job with an adapter. */
export const completeFineTune = async (worker: ScriptedWorker, lease: Lease): Promise<void> => {
  await worker.complete(lease, {
    kind: 'fine-tune',
    artifacts: [await worker.upload(lease, 'adapter.gguf', `adapter of ${lease.job_id}`)],
    metrics: { loss: 1.5 },
    trained_tokens: 1000,
  })
}

/** Ends an evaluate job; the gate passes where chrF is at least 40. */
export const completeEvaluate = async (worker: ScriptedWorker, lease: Lease, chrf: number): Promise<void> => {
  const side = { model: lease.input['model'] as string, all: { chrf }, by_language: {}, perplexity: null }
  const passed = chrf >= 40
  await worker.complete(lease, {
    kind: 'evaluate',
    result: {
      model: side,
      baseline: null,
      gate: { passed, checks: [{ metric: 'chrf', rule: 'min 40', value: chrf, baseline: null, passed }] },
      notes: [],
    },
    items: await worker.upload(lease, 'items.jsonl', ''),
    tokens: 10,
  })
}

type Row = { text: string } | { problem: string }

/** Ends a generate job with these rows, in the order of its items. */
export const completeGenerate = async (worker: ScriptedWorker, lease: Lease, rows: Row[]): Promise<void> => {
  const { items } = lease.input['source'] as unknown as { items: { metadata: object }[] }
  const lines = rows.map((row, index) =>
    JSON.stringify({
      index,
      metadata: items[index]?.metadata ?? {},
      text: 'text' in row ? row.text : null,
      compare_text: null,
      usage: 'text' in row ? { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } : null,
      error:
        'problem' in row
          ? { code: 'context_length_exceeded', message: row.problem, hint: 'Shorten it.', retryable: false }
          : null,
    }),
  )
  await worker.complete(lease, {
    kind: 'generate',
    rows: await worker.upload(lease, 'rows.jsonl', lines.map((line) => `${line}\n`).join('')),
    items: rows.length,
    failed_items: rows.filter((row) => 'problem' in row).length,
    tokens: rows.length,
  })
}

/** Ends a deploy job without an engine, and gives the id of the deployment. */
export const completeDeploy = async (
  { url, adminKey }: TestServer,
  worker: ScriptedWorker,
  lease: Lease,
): Promise<string> => {
  const response = await fetch(`${url}/v1/workers/leases/${lease.id}/roll_out`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: '{}',
  })
  const { deployment_id: id, generation } = rollOutState.parse(await response.json())
  await worker.complete(lease, { kind: 'deploy', deployment_id: id, generation })
  return id
}
