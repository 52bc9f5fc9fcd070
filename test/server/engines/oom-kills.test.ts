import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { oomEvidence, readOomKills } from '../../../server/engines/oom-kills'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forge-oom-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const kernel = (files: Record<string, string>) => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return { proc: join(folder, 'proc'), cgroup: join(folder, 'cgroup') }
}
const vmstat = (count: number): string => `nr_free_pages 4711\noom_kill ${count}\ndrop_pagecache 0\n`

test('the control group of the process is nearest', () => {
  const found = readOomKills(
    kernel({
      'proc/self/cgroup': '0::/system.slice/forge.service\n',
      'cgroup/system.slice/forge.service/memory.events': 'low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n',
      'proc/vmstat': vmstat(9),
    }),
  )

  expect(found).toEqual({ source: 'memory.events', count: 2 })
})

test('a control group of version 1 counts in memory.oom_control', () => {
  const found = readOomKills(
    kernel({
      'proc/self/cgroup': '12:cpu,cpuacct:/\n7:memory:/docker/abc\n0::/\n',
      'cgroup/memory/docker/abc/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 1\n',
    }),
  )

  expect(found).toEqual({ source: 'memory.oom_control', count: 1 })
})

test('in a container whose path is the one of the host the mount is its own group', () => {
  const found = readOomKills(
    kernel({ 'proc/self/cgroup': '0::/host/docker/abc\n', 'cgroup/memory.events': 'oom 1\noom_kill 1\n' }),
  )

  expect(found).toEqual({ source: 'memory.events', count: 1 })
})

test('without a counter of the group the one of the machine is read', () => {
  expect(readOomKills(kernel({ 'proc/self/cgroup': '0::/\n', 'proc/vmstat': vmstat(4) }))).toEqual({
    source: 'vmstat',
    count: 4,
  })
})

test('where the kernel counts nothing there is no evidence', () => {
  expect(readOomKills(kernel({}))).toBeNull()
  expect(oomEvidence(null, null)).toBeNull()
})

test('only a counter that rose is evidence, and only one and the same counter', () => {
  const events = (count: number) => ({ source: 'memory.events', count })

  expect(oomEvidence(events(2), events(3))).toContain('memory.events: oom_kill rose from 2 to 3')
  expect(oomEvidence(events(3), events(3))).toBeNull()
  expect(oomEvidence(events(2), { source: 'vmstat', count: 9 })).toBeNull()
  expect(oomEvidence(null, events(1))).toBeNull()
})
