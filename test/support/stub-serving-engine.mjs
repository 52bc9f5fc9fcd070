// A serving engine that speaks the protocol and answers at once: its text is the name of the model that was asked.
// Arguments: `refuse-adapters` to fail every adapter.
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'

const emit = (event) => process.stdout.write(`${JSON.stringify(event)}\n`)
const refuses = process.argv.includes('refuse-adapters')

const answer = (req, res) => {
  const parts = []
  req.on('data', (part) => parts.push(part))
  req.on('end', () => {
    const { model } = JSON.parse(Buffer.concat(parts).toString('utf8'))
    res.writeHead(200, { 'content-type': 'application/json' })
    res.end(JSON.stringify({ model }))
  })
}
const commands = {
  load: () => {
    const server = createServer(answer).listen(0, '127.0.0.1', () =>
      emit({ type: 'loaded', port: server.address().port, context_tokens: 64 }),
    )
  },
  add_adapter: ({ name }) =>
    emit(
      refuses
        ? { type: 'failed', code: 'adapter_not_loadable', message: 'refused', name }
        : { type: 'adapter_added', name },
    ),
  remove_adapter: ({ name }) => emit({ type: 'adapter_removed', name }),
  shutdown: () => process.exit(0),
}
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const command = JSON.parse(line)
    commands[command.type](command)
  })
  .on('close', () => process.exit(0))
emit({ type: 'ready', engine: 'stub', pid: process.pid, protocol: 1 })
