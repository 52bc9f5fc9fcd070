import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OomKills } from '../../../server/engines/oom-kills'
import { createEnergy } from '../../../server/workers/energy'
import { createTraining, type TrainingPort } from '../../../server/workers/training'

let folder: string
let training: TrainingPort | undefined
const lines: string[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-training-'))
  lines.length = 0
})
afterEach(async () => {
  await training?.close()
  await rm(folder, { recursive: true })
})

/** A stand-in for the interpreter: speaks the protocol, and does this when it is asked to run something. */
const engineThat = async (
  onRun: string,
  gpus: string[] = [],
  counts: (number | null)[] = [],
): Promise<TrainingPort> => {
  const python = join(folder, 'python')
  const script = `#!${process.execPath}
const emit = (event) => process.stdout.write(JSON.stringify(event) + '\\n')
emit({ type: 'ready', engine: 'fake', pid: process.pid, protocol: 1 })
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { type } = JSON.parse(line)
  if (type === 'shutdown') process.exit(0)
  if (type === 'run') { ${onRun} }
})`
  await writeFile(python, script, { mode: 0o755 })
  const readings = counts.map((count): OomKills | null => (count === null ? null : { source: 'memory.events', count }))
  return (training = createTraining({
    leaseId: 'job_1.1',
    python,
    enginesFolder: folder,
    signal: new AbortController().signal,
    onLog: ({ message }) => void lines.push(message),
    energy: createEnergy({ watch: () => undefined, unwatch: () => undefined }, 0),
    pids: { add: () => undefined, remove: () => undefined },
    gpus,
    readOomKills: () => readings.shift() ?? null,
  }))
}
const run = async (port: Promise<TrainingPort>) => (await port).chrf([{ hypothesis: 'a', reference: 'a' }])
const done = `emit({ type: 'done', result: { corpus: 1, sentences: [1] } })`

const deaths = [
  ['the engine', `process.kill(process.pid, 'SIGKILL')`],
  ['a process of its run', `emit({ type: 'failed', code: 'killed', message: 'rank 1 died (exit code -9).' })`],
] as const

test.each(deaths)('%s killed, and the kernel counted no loss of memory: the attempt is lost', async (_who, death) => {
  await expect(run(engineThat(death, [], [2, 2]))).rejects.toMatchObject({ code: 'engine_failed' })
})

test.each(deaths)('%s killed, where the kernel tells nothing: the attempt is lost', async (_who, death) => {
  await expect(run(engineThat(death, [], [null, null]))).rejects.toMatchObject({ code: 'engine_failed' })
})

test.each(deaths)('%s killed, and the kernel counted it: out of memory, with the evidence', async (_who, death) => {
  await expect(run(engineThat(death, [], [2, 3]))).rejects.toMatchObject({
    code: 'out_of_memory',
    message: expect.stringContaining('oom_kill rose from 2 to 3') as string,
  })
})

test('an engine that ends by itself did not run out of memory, whatever was counted meanwhile', async () => {
  await expect(run(engineThat('process.exit(4)', [], [2, 3]))).rejects.toMatchObject({ code: 'engine_failed' })
})

test.each([
  [['GPU-a', 'GPU-b'], 'GPU-a,GPU-b'],
  [[], ''],
])('the engine of an attempt that holds %j sees these GPUs and no other', async (gpus, visible) => {
  const say = `emit({ type: 'log', level: 'info', message: 'sees ' + JSON.stringify(process.env.CUDA_VISIBLE_DEVICES) });`
  await run(engineThat(say + done, gpus))

  expect(lines).toContain(`sees "${visible}"`)
})
