import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { routes } from '../../server/contract/routes'
import { readPidFile } from '../../server/storage/embedded-postgres/process'
import { refusedStart, root, startForge, type ForgeProcess } from './forge-process'
import { list, pidOf, processesOf, trainingLeader, untilEnded } from './processes'
import { chaosModel, follow, makeDataset, recomputed, startTraining, type Outcome } from './training'

/*
 * The real `forge start`, and SIGKILL to each of its processes in the middle of a training. One installation serves all
 * tests, in this order: each must leave it whole for the next. Processes are found through /proc.
 */
const onLinux = process.platform === 'linux'
const describeKills = onLinux ? describe : describe.skip
const title = onLinux
  ? 'kill -9'
  : 'kill -9 (skipped: the processes of an engine are found through /proc, which only Linux has)'
jest.setTimeout(chaosModel === null ? 240_000 : 1_200_000)

let folder: string
let forge: ForgeProcess
let dataset: string
let undisturbed: Outcome
let steps = chaosModel === null ? 120 : 24

const client = () => forge.client
const kill = (pid: number): void => void process.kill(pid, 'SIGKILL')
const worker = (): number => pidOf(folder, / work --supervised$/)
const server = (): number => pidOf(folder, / serve --supervised$/)
const postgres = (): number => readPidFile(join(folder, 'postgres'))!.pid

const placeModel = (models: string): void => {
  if (chaosModel !== null) return symlinkSync(join(root, '.models', chaosModel), join(models, chaosModel))
  const python = process.env['FORGE_PYTHON'] ?? join(root, '.venv', 'bin', 'python')
  const script = join(__dirname, 'tiny_model.py')
  execFileSync(python, [script, join(root, '.models', 'smollm2-135m-instruct'), join(models, 'tiny')])
}

/** Trains, kills once the first checkpoint is durable, and waits for the end. */
const trainAndKill = async (victim: () => void | Promise<void>): Promise<Outcome> =>
  await follow(client, folder, await startTraining(client(), dataset, steps), victim)

/** All that happened to a job but its progress, with the reason where one was given. */
const storyOf = ({ events }: Outcome): string[] =>
  events
    .filter(({ name }) => name !== 'job.progress' && name !== 'job.checkpoint')
    .map(({ name, data: { reason } }) => (typeof reason === 'string' ? `${name} (${reason})` : name))

const uninterrupted = ['job.queued', 'job.running', 'job.succeeded']
const triedAgain = (...reasons: string[]): string[][] =>
  reasons.map((reason) => ['job.queued', 'job.running', `job.queued${reason}`, 'job.running', 'job.succeeded'])

/** What must be true of every job, whatever was killed. `stories`: what may have happened to it. */
const expectWhole = (outcome: Outcome, ...stories: string[][]): void => {
  const { job, events, models, losses, energy_joules } = outcome
  expect(stories).toContainEqual(storyOf(outcome))
  const attempts = storyOf(outcome).filter((name) => name === 'job.running').length
  expect(job).toMatchObject({ status: 'succeeded', error: null, attempt: attempts })
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index + 1))
  expect(models).toHaveLength(1)
  expect(models[0]?.metrics['device']).toBe(undisturbed.models[0]?.metrics['device'])
  // bitwise: every digit of every step
  expect(losses).toBe(undisturbed.losses)
  // energy of the attempt that was lost is charged like that of the one that succeeded
  expect(energy_joules).toHaveLength(attempts)
  expect(energy_joules.map((joules) => joules > 0)).toEqual(energy_joules.map(() => true))
  expect(job.usage.energy_joules).toBeCloseTo(
    energy_joules.reduce((sum, joules) => sum + joules, 0),
    6,
  )
}

const expectResumed = (outcome: Outcome): void => {
  const { steps, resumedFrom, interval } = recomputed(outcome)
  expect(resumedFrom).toBeGreaterThan(0)
  // also when the last checkpoint was still on its way to the server: the worker has it
  expect(steps).toBeLessThanOrEqual(interval)
}

describeKills(title, () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'forge-chaos-'))
    chmodSync(folder, 0o755) // PostgreSQL runs as `nobody` where the tests run as root
    mkdirSync(join(folder, 'models'))
    placeModel(join(folder, 'models'))
    forge = await startForge(folder)
    dataset = await makeDataset(client())
    undisturbed = await trainAndKill(() => undefined)
    // a fast machine is through before there is anything to kill
    while (undisturbed.events.filter(({ name }) => name === 'job.checkpoint').length < 3) {
      steps *= 3
      undisturbed = await trainAndKill(() => undefined)
    }
  })

  afterAll(async () => {
    await forge.stop()
    const left = processesOf(folder)
    for (const { pid } of left) kill(pid)
    rmSync(folder, { recursive: true, force: true })
    if (left.length > 0) throw new Error(`Left over after the stop:\n${list(left)}`)
  })

  test('nothing: the training that the others are compared with', () => {
    expectWhole(undisturbed, uninterrupted)
  })

  test('a second start on the same folder is refused, naming the process that has it', async () => {
    const { code, log } = await refusedStart(folder)

    expect(code).toBe(1)
    expect(log).toContain(`Forge already runs on ${folder} (process ${forge.pid})`)
  })

  test('of the training process: a lost attempt, since nothing says that memory ran out', async () => {
    const outcome = await trainAndKill(() => kill(trainingLeader(folder)))

    expectWhole(outcome, ...triedAgain(' (engine_failed)'))
    expectResumed(outcome)
  })

  test('of the worker: the next one goes on, and the engines of the old one are gone', async () => {
    let engines: number[] = []
    const outcome = await trainAndKill(() => {
      engines = processesOf(folder).flatMap(({ pid, command }) => (command.includes('python') ? [pid] : []))
      kill(worker())
    })

    expectWhole(outcome, ...triedAgain(''))
    expectResumed(outcome)
    expect(engines.length).toBeGreaterThan(2)
    await untilEnded(folder, engines, 1_000)
  })

  test('of the worker, while a job only waits: it waits for the rest of its time', async () => {
    const input = { seconds: 3, checkpoint_every_seconds: 1 }
    const { id } = await client().call(routes.createJob, { body: { kind: 'sleep', input } })

    const { job, events } = await follow(client, folder, id, () => kill(worker()))

    expect(job).toMatchObject({ status: 'succeeded', attempt: 2, result: { slept_seconds: 3 } })
    expect(events.filter(({ name }) => name === 'job.succeeded')).toHaveLength(1)
  })

  test('of the server: the training does not notice', async () => {
    const outcome = await trainAndKill(() => kill(server()))

    expectWhole(outcome, uninterrupted)
  })

  test('of PostgreSQL: the training does not notice', async () => {
    const [before, itsClient] = [postgres(), server()]
    const outcome = await trainAndKill(() => kill(before))

    expectWhole(outcome, uninterrupted)
    expect(postgres()).not.toBe(before)
    expect(server()).toBe(itsClient)
  })

  test('of the supervisor: its children end, and the next start takes the database over and goes on', async () => {
    const database = postgres()
    let others: number[] = []
    const outcome = await trainAndKill(async () => {
      others = processesOf(folder).flatMap(({ pid, command }) => (/postgres/.test(command) ? [] : [pid]))
      kill(forge.pid)
      // at once and on the same port, as a process manager does it: the old server may still be closing
      forge = await startForge(folder, { FORGE_PORT: new URL(forge.url).port })
    })

    // the worker that ends may still reach the server that ends, and hand its job back
    expectWhole(outcome, ...triedAgain('', ' (worker_stopped)'))
    expectResumed(outcome)
    expect(postgres()).toBe(database)
    await untilEnded(folder, others, 1_000)
  })

  test('afterwards a stop leaves no process', async () => {
    expect(await forge.stop()).toBe(0)

    expect(list(processesOf(folder))).toBe('')
  })

  test('a port that is taken ends the start with what to do', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as { port: number }

    const { code, log } = await refusedStart(folder, { FORGE_PORT: String(port) })
    taken.close()

    expect(code).toBe(1)
    expect(log).toMatch(new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is in use.*FORGE_PORT`))
    expect(list(processesOf(folder))).toBe('')
  })
})
