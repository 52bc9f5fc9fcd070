import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runSupervisor, type Supervisor, type SupervisorOptions } from '../../server/supervisor'
import { BackOff, defaultBackOff } from '../../server/supervisor/back-off'
import { lockDataFolder } from '../../server/supervisor/data-folder-lock'

jest.setTimeout(30_000)

const folders: string[] = []
const running: Supervisor[] = []

afterEach(async () => {
  for (const supervisor of running.splice(0)) await supervisor.stop()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

test('parts start in order, each with what the ones before it said, and stop in reverse', async () => {
  const { dataDir, events } = newFolder()
  const supervisor = await start({
    dataDir,
    database: fakeDatabase(events),
    commands: [
      command('server', events),
      { ...command('worker', events), environment: (ready) => ({ SERVER: String(ready.get('server')?.['url']) }) },
    ],
  })

  await supervisor.stop()
  await supervisor.stop()

  expect(events()).toEqual([
    'database starts',
    'server starts with postgresql://fake and nothing',
    'worker starts with postgresql://fake and http://server',
    'worker stops',
    'server stops',
    'database stops',
  ])
})

test('a part that dies is started again, and the others go on', async () => {
  const { dataDir, events } = newFolder()
  const supervisor = await start({ dataDir, commands: [command('server', events), command('worker', events)] })
  const [server, worker] = [supervisor.pidOf('server')!, supervisor.pidOf('worker')!]

  process.kill(worker, 'SIGKILL')

  await until(() => ![undefined, worker].includes(supervisor.pidOf('worker')))
  expect(supervisor.pidOf('server')).toBe(server)
})

test('a part that never becomes ready ends the start with its last words', async () => {
  const { dataDir, events } = newFolder()
  const broken = {
    name: 'worker',
    program: process.execPath,
    args: ['-e', 'console.error("no disk"); process.exit(3)'],
  }

  await expect(start({ dataDir, commands: [command('server', events), broken] })).rejects.toThrow(/code 3.*no disk/s)

  expect(events().at(-1)).toBe('server stops')
  lockDataFolder(dataDir)() // free again
})

test('wrong settings end the start at once', async () => {
  const { dataDir, events } = newFolder()
  const script = `require('node:fs').appendFileSync(${JSON.stringify(join(dataDir, 'events'))}, 'tried\\n'); process.exit(78)`

  await expect(
    start({ dataDir, commands: [{ name: 'server', program: process.execPath, args: ['-e', script] }] }),
  ).rejects.toThrow(/code 78/)

  expect(events()).toEqual(['tried'])
})

test('a child that ignores SIGTERM is killed after its grace time', async () => {
  const { dataDir } = newFolder()
  const stubborn = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('{\"ready\":true}')"
  const commands = [{ name: 'worker', program: process.execPath, args: ['-e', stubborn] }]
  const supervisor = await start({ dataDir, commands, grace_ms: 100 })
  const pid = supervisor.pidOf('worker')!

  await supervisor.stop()

  expect(isAlive(pid)).toBe(false)
})

test('a second start on the same data folder is refused with the number of the first', () => {
  const { dataDir } = newFolder()
  const unlock = lockDataFolder(dataDir)

  expect(() => lockDataFolder(dataDir)).toThrow(new RegExp(`process ${process.pid}`))

  unlock()
  lockDataFolder(dataDir)()
})

test('the claim of a dead process is taken over, also when its number is used again', () => {
  const { dataDir } = newFolder()
  writeFileSync(join(dataDir, 'forge.lock'), JSON.stringify({ pid: process.pid, began: 'long ago' }))

  lockDataFolder(dataDir)()
})

test('children end when the supervisor is killed', async () => {
  const watch = join(newFolder().dataDir, 'watch.cjs')
  const { code } = await import('@swc/core').then((swc) =>
    swc.transformFile(join(__dirname, '../../server/parent-watch.ts'), {
      jsc: { parser: { syntax: 'typescript' } },
      module: { type: 'commonjs' },
    }),
  )
  writeFileSync(watch, code)
  const child = `require(${JSON.stringify(watch)}).exitWhenParentDies(); setInterval(() => {}, 1000); console.log(process.pid)`
  // a parent that starts the child as the supervisor does and passes its number on
  const parent = spawn(process.execPath, [
    '-e',
    `const { spawn } = require('node:child_process')
     const child = spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
     child.stdout.pipe(process.stdout)`,
  ])
  const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (chunk) => resolve(Number(chunk))))
  expect(isAlive(pid)).toBe(true)

  parent.kill('SIGKILL')

  await until(() => !isAlive(pid))
})

test('pauses double up to a limit and begin anew after a healthy minute', () => {
  const backOff = new BackOff(defaultBackOff)

  const pauses = [0, 0, 0, 0, 0, 0, 0].map((healthy) => backOff.next_ms(healthy))

  expect(pauses).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 10_000])
  expect(backOff.next_ms(60_000)).toBe(200)
})

function newFolder() {
  const dataDir = mkdtempSync(join(tmpdir(), 'forge-supervisor-'))
  folders.push(dataDir)
  const file = join(dataDir, 'events')
  writeFileSync(file, '')
  const events = Object.assign(() => readFileSync(file, 'utf8').split('\n').filter(Boolean), { file })
  return { dataDir, events }
}

async function start(options: Pick<SupervisorOptions, 'dataDir' | 'commands'> & Partial<SupervisorOptions>) {
  const backOff = { first_ms: 5, longest_ms: 20, healthy_ms: 60_000 }
  const supervisor = await runSupervisor({
    env: { PATH: process.env['PATH'] },
    log: () => undefined,
    backOff,
    ...options,
  })
  running.push(supervisor)
  return supervisor
}

function command(name: string, { file }: { file: string }) {
  const script = `
    const say = (event) => require('node:fs').appendFileSync(${JSON.stringify(file)}, '${name} ' + event + '\\n')
    say('starts with ' + (process.env.FORGE_DATABASE_URL ?? 'nothing') + ' and ' + (process.env.SERVER ?? 'nothing'))
    process.on('SIGTERM', () => { say('stops'); process.exit(0) })
    setInterval(() => {}, 1000)
    console.log(JSON.stringify({ ready: true, url: 'http://${name}' }))`
  return { name, program: process.execPath, args: ['-e', script] }
}

function fakeDatabase({ file }: { file: string }): NonNullable<SupervisorOptions['database']> {
  const say = (event: string) => writeFileSync(file, `database ${event}\n`, { flag: 'a' })
  return () => {
    say('starts')
    let end: () => void
    const exited = new Promise<void>((resolve) => (end = resolve))
    const stop = () => {
      say('stops')
      end()
      return Promise.resolve()
    }
    return Promise.resolve({ url: 'postgresql://fake', pid: 1, exited, stop })
  }
}

/** Waits for another process, which can send us no signal. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')[0] !== 'Z'
  } catch {
    return false
  }
}
