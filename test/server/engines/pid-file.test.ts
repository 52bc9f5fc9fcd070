import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPidFile, reapStrays } from '../../../server/engines/pid-file'

const folder = mkdtempSync(join(tmpdir(), 'pid-file-'))
const path = join(folder, 'engines.json')
let stray: ChildProcess
let pid: number

beforeEach(() => {
  stray = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' })
  pid = stray.pid as number
})
afterEach(() => {
  stray.kill('SIGKILL')
  rmSync(path, { force: true })
})
afterAll(() => rmSync(folder, { recursive: true }))

test('a stray engine is killed by the next worker', async () => {
  createPidFile(path).add(pid, 'training')
  const ended = once(stray, 'exit')

  expect(reapStrays(path)).toMatchObject([{ pid, name: 'training' }])

  expect((await ended)[1]).toBe('SIGKILL')
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual([])
})

test('a process that only has the same number is left alone', () => {
  writeFileSync(path, JSON.stringify([{ pid, started: 'another-boot:1', name: 'training' }]))

  expect(reapStrays(path)).toEqual([])
  expect(process.kill(pid, 0)).toBe(true)
})

test('an engine that ended in good order is no stray', () => {
  const file = createPidFile(path)
  file.add(pid, 'training')
  file.remove(pid)

  expect(reapStrays(path)).toEqual([])
})

test('a first start without a pid file kills nothing', () => {
  expect(existsSync(path)).toBe(false)
  expect(reapStrays(path)).toEqual([])
})
