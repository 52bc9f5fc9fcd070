/** Part D: a large file through n8n's filesystem binary mode into Forge Ingest. n8n's memory must not grow with it. */
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, node, publish, waitFor } from './executions.mts'
import { load, mebibytes, printTable, rounded } from '../bench/figures.mts'
import { routes } from '../bench/forge.mts'
import { treeBytes, watchTree } from './memory.mts'
import type { World } from './world.mts'

const settleMs = 5000

export interface LargeFileRun {
  file_bytes: number
  seconds: number
  rest_rss_bytes: number
  peak_rss_bytes: number
  load: number
}

/** Rows of about 1 kB until the file is that large. */
const writeRows = async (path: string, bytes: number): Promise<number> => {
  const out = createWriteStream(path)
  const filler = 'It is made by hand of oak and measures 38 cm. '.repeat(18)
  let written = 0
  for (let n = 0; written < bytes; n += 1) {
    const line = `${JSON.stringify({ prompt: `Describe board ${n}.`, completion: `Board ${n}. ${filler}` })}\n`
    written += line.length
    if (!out.write(line)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'close')
  return written
}

const runOnce = async (world: World, bytes: number): Promise<LargeFileRun> => {
  const path = join(world.files, `rows-${bytes}.jsonl`)
  const written = await writeRows(path, bytes)
  const name = `large-file-${bytes}`
  const { id, start } = await publish(world, name, [
    node('Read', 'n8n-nodes-base.readWriteFile', 1, { operation: 'read', fileSelector: path, options: {} }),
    node(
      'Ingest',
      'n8n-nodes-forge.forgeIngest',
      1,
      { operation: 'fromFiles', dataset_name: name, binary_field: 'data', format: 'prompt-completion' },
      { credentials: { forgeApi: world.credentials.forgeApi } },
    ),
    after,
  ])
  // what is measured ends when the execution is parked: the file is uploaded, the rest is Forge's
  await world.forge.client.call(routes.pauseQueue, { params: { class: 'cpu' } })
  await world.restartN8n()
  await sleep(settleMs)
  const rest = treeBytes(world.n8n.pid)
  const watch = watchTree(world.n8n.pid)
  const begun = performance.now()
  await start({})
  const [execution] = await waitFor(world, id, 1, { parked: true, limitMs: 1_200_000 })
  const seconds = (performance.now() - begun) / 1000
  const peak = watch.stop()
  const { data: jobs } = await world.forge.client.call(routes.listJobs, {
    query: { metadata: `n8n_execution=${execution}` },
  })
  if (jobs[0] === undefined) throw new Error(`Execution ${execution} did not get as far as its job.`)
  await world.forge.client.call(routes.cancelJob, { params: { id: jobs[0].id } })
  await world.forge.client.call(routes.resumeQueue, { params: { class: 'cpu' } })
  await rm(path)
  return { file_bytes: written, seconds, rest_rss_bytes: rest, peak_rss_bytes: peak, load: load() }
}

/** A tenth of the size first: memory that is flat is the same for both. */
export const measureLargeFile = async (world: World, bytes: number): Promise<LargeFileRun[]> => {
  const runs = [await runOnce(world, Math.round(bytes / 10)), await runOnce(world, bytes)]
  printTable(
    'A file from n8n’s disk into Forge Ingest',
    runs.map((run) => ({
      file_mib: mebibytes(run.file_bytes),
      seconds: rounded(run.seconds, 1),
      rest_mib: mebibytes(run.rest_rss_bytes),
      peak_mib: mebibytes(run.peak_rss_bytes),
      peak_over_rest_mib: mebibytes(run.peak_rss_bytes - run.rest_rss_bytes),
      load: run.load,
    })),
  )
  return runs
}
