import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EngineExitedError, type EngineLog } from '../../../server/engines/child-process'
import type { EngineEvent } from '../../../server/engines/protocol'
import { processStartTime } from '../../../server/engines/process-start-time'
import { createTrainingEngine, type TrainingEngine, type TrainingRun } from '../../../server/engines/training-engine'

const fixtures = join(__dirname, 'fixtures')
const chrf: TrainingRun = { type: 'run', op: 'chrf', params: { pairs: [{ hypothesis: 'a', reference: 'b' }] } }
const loss: TrainingRun = {
  type: 'run',
  op: 'loss',
  params: { base_model_dir: 'm', adapter_dir: null, data_path: 'd', max_length: 64 },
}

const logs: EngineLog[] = []
let engine: TrainingEngine

const start = (behaviour: string) => {
  engine = createTrainingEngine({
    python: process.execPath,
    args: ['engine.mjs', behaviour],
    cwd: fixtures,
    graceMs: 200,
    onLog: (entry) => void logs.push(entry),
  })
  return engine
}
const logText = () => logs.map(({ message }) => message).join('\n')
// a zombie waiting for init counts as gone
const isAlive = (pid: number) => processStartTime(pid) !== undefined

afterEach(async () => {
  await engine.kill()
  logs.length = 0
})

test('a run ends with its last event, and another may follow', async () => {
  start('works')
  const events: EngineEvent[] = []

  const first = await engine.run(chrf, { onEvent: (event) => void events.push(event) })
  const second = await engine.run(chrf, { onEvent: () => undefined })

  expect(events.map(({ type }) => type)).toEqual(['started', 'done'])
  expect(first).toMatchObject({ type: 'done', result: { corpus: 50 } })
  expect(second).toEqual(first)
})

test('aborting a run cancels it', async () => {
  start('works')
  const abort = new AbortController()

  const ended = engine.run(loss, {
    onEvent: ({ type }) => {
      if (type === 'started') abort.abort()
    },
    signal: abort.signal,
  })

  expect(await ended).toMatchObject({ type: 'failed', code: 'cancelled' })
})

test('pausing a run ends it with its checkpoint', async () => {
  start('works')

  const ended = engine.run(loss, {
    onEvent: ({ type }) => {
      if (type === 'started') engine.pause()
    },
  })

  expect(await ended).toEqual({ type: 'paused', step: 3, path: 'step-3' })
})

test('an engine that dies during a run fails the run', async () => {
  start('dies-while-running')

  await expect(engine.run(loss, { onEvent: () => undefined })).rejects.toMatchObject({
    exit: { code: 4, signal: null },
  })
})

test('a run asked of an engine that has ended fails with how it ended', async () => {
  start('works')
  await engine.run(chrf, { onEvent: () => undefined })
  await engine.stop()

  await expect(engine.run(chrf, { onEvent: () => undefined })).rejects.toMatchObject({ exit: { code: 0 } })
})

test('an engine that cannot start says why', async () => {
  start('dies-at-once')

  const run = engine.run(loss, { onEvent: () => undefined })

  await expect(run).rejects.toThrow(EngineExitedError)
  await expect(run).rejects.toThrow('no module named torch')
})

test('a program that does not exist fails the run instead of the worker', async () => {
  engine = createTrainingEngine({
    python: join(fixtures, 'no-python'),
    cwd: fixtures,
    onLog: (entry) => void logs.push(entry),
  })

  await expect(engine.run(loss, { onEvent: () => undefined })).rejects.toThrow('ENOENT')
})

test('a second run while one is running is refused', async () => {
  start('works')
  let started = () => undefined as void
  const running = new Promise<void>((resolve) => {
    started = resolve
  })
  const first = engine.run(loss, { onEvent: () => started() })
  await running

  await expect(engine.run(chrf, { onEvent: () => undefined })).rejects.toThrow('from busy to busy')
  engine.cancel()
  await first
})

test('a line that is no event goes into the log', async () => {
  start('works')
  await engine.run(chrf, { onEvent: () => undefined })

  expect(logText()).toContain('Not an event: this is not JSON')
})

test('an engine sees no variable of the worker that is not on the list', async () => {
  process.env['FORGE_SECRET_KEY'] = 'secret'
  start('works')
  await engine.run(chrf, { onEvent: () => undefined })
  delete process.env['FORGE_SECRET_KEY']

  expect(logText()).toMatch(/environment .*PATH/)
  expect(logText()).not.toContain('FORGE_')
})

test('an engine that does not listen is killed with its group', async () => {
  start('ignores-everything')
  const before = Date.now()

  const exit = await engine.stop()

  expect(exit.signal).toBe('SIGKILL')
  expect(Date.now() - before).toBeGreaterThanOrEqual(390)
})

test('helpers of an engine do not outlive it', async () => {
  start('has-a-helper')
  await engine.run(chrf, { onEvent: () => undefined })
  const helper = Number(/helper (\d+)/.exec(logText())?.[1])
  expect(isAlive(helper)).toBe(true)

  await engine.stop()
  // the signal is sent by then; the helper needs a moment to die of it
  for (let waited = 0; isAlive(helper) && waited < 2_000; waited += 20) await sleep(20)

  expect(isAlive(helper)).toBe(false)
})
