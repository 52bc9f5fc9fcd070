import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMeter, type Meter } from '../../../server/engines/meter'
import type { MeterSample } from '../../../server/engines/meter-protocol'
import { energySample } from '../../../server/contract/energy-sample'
import { energySamplesOf } from '../../../server/engines/meter-samples'

// The meter needs nothing but Python's standard library, so any Python will do.
const python = 'python3'
const cwd = join(__dirname, '../../../server/python')

let folder: string
const meters: Meter[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-meter-'))
})

afterEach(async () => {
  await Promise.all(meters.splice(0).map((meter) => meter.stop()))
  await rm(folder, { recursive: true })
})

/** A real meter; `until` resolves with the first sample or log message that satisfies a condition. */
const startMeter = (overrides: Partial<Parameters<typeof createMeter>[0]> = {}) => {
  const listeners = new Set<() => void>()
  const samples: MeterSample[] = []
  const logs: string[] = []
  const tell = () => listeners.forEach((listener) => listener())
  const meter = createMeter({
    python,
    cwd,
    lockPath: join(folder, 'meter.lock'),
    spawn,
    onSample: (sample) => {
      samples.push(sample)
      tell()
    },
    onLog: (_level, message) => {
      logs.push(message)
      tell()
    },
    ...overrides,
  })
  meters.push(meter)
  const until = <T>(seen: () => T | undefined) =>
    new Promise<T>((resolve) => {
      const look = () => {
        const found = seen()
        if (found === undefined) return
        listeners.delete(look)
        resolve(found)
      }
      listeners.add(look)
      look()
    })
  return { meter, samples, logs, until }
}

test("a watched process group comes back as ledger samples, and each meter's rows sum to its counter", async () => {
  const { meter, samples, until } = startMeter()
  const child = spawn(process.execPath, ['-e', 'for (;;);'], { detached: true, stdio: 'ignore' })
  try {
    meter.watch('attempt-1', child.pid ?? 0)
    const sample = await until(() => samples.find(({ groups }) => groups.some(({ cpu_seconds }) => cpu_seconds > 0)))
    const rows = energySamplesOf(sample, 'attempt-1')
    expect(rows.map((row) => energySample.parse(row))).toEqual(rows)
    expect(rows[0]).toMatchObject({ meter: 'cpu', sequence: sample.sequence })
    expect(rows[0]?.joules).toBeGreaterThan(0)
    for (const { meter: name, joules, idle_joules } of sample.meters) {
      const shared = [...sample.groups, sample.other].flatMap((used) => used.rows).filter((row) => row.meter === name)
      expect(shared.reduce((sum, row) => sum + row.joules, idle_joules)).toBeCloseTo(joules, 5)
    }
    expect(energySamplesOf(sample, 'somebody else')).toEqual([])

    meter.unwatch('attempt-1')
    await until(() => samples.find(({ groups, sequence }) => sequence > sample.sequence && groups.length === 0))
  } finally {
    child.kill('SIGKILL')
  }
})

test('a second meter of the host says once that it is not needed, and takes over when the first one ends', async () => {
  const first = startMeter()
  await first.until(() => first.logs[0])
  let starts = 0
  const third = Promise.withResolvers<void>()
  const second = startMeter({
    refusedDelayMs: 1,
    spawn: (...given) => {
      starts += 1
      if (starts === 3) third.resolve()
      return spawn(...given)
    },
  })
  await third.promise
  expect(second.logs.filter((message) => message.includes('another meter of this host'))).toHaveLength(1)
  await first.meter.stop()

  await second.until(() => second.samples[0])
})

test('a meter that dies is started again and told what to watch', async () => {
  const pids: number[] = []
  const { meter, samples, logs, until } = startMeter({
    restartDelayMs: 10,
    spawn: (command, args, options) => {
      const started = spawn(command, args, options)
      pids.push(started.pid ?? 0)
      return started
    },
  })
  meter.watch('attempt-1', process.pid)
  await until(() => samples.find(({ groups }) => groups.length === 1))
  const before = samples.length
  process.kill(pids[0] ?? 0, 'SIGKILL')
  await until(() => logs.find((message) => message.includes('SIGKILL')))
  await until(() => samples.slice(before).find(({ groups }) => groups.length === 1))
  expect(pids).toHaveLength(2)
})

test('an interpreter that cannot be started is reported, not thrown', async () => {
  const { logs, until } = startMeter({ python: join(folder, 'no-such-python'), restartDelayMs: 60_000 })
  expect(await until(() => logs.find((message) => message.includes('ENOENT')))).toContain('The meter ended')
})
