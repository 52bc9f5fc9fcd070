import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { events, type EventType } from '../../server/contract/events'

const root = join(__dirname, '..', '..')
const types = Object.keys(events) as EventType[]

/** The sources of the parts that emit events. */
const emitters = ['server/jobs', 'server/deployments', 'server/ledger']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(root, folder, name), 'utf8')),
  )
  .filter((source) => /emitEvents?\(/.test(source))
  .join('\n')

test.each(types)('%s has a line in docs/events.md that names what it carries', (type) => {
  const line = readFileSync(join(root, 'docs/events.md'), 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`| \`${type}\` |`))
  for (const field of Object.keys(events[type].data.shape)) expect(line).toContain(`\`${field}\``)
})

test.each(types)('%s is emitted by a part', (type) => {
  // the ends of a job are emitted where its state changes, by the name of the state
  expect(emitters).toContain(type.startsWith('job.') ? '`job.${to}`' : `'${type}'`)
})
