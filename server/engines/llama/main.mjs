/**
 * CPU serving engine: one GGUF base and LoRA adapters beside it, behind an OpenAI-shaped port on loopback.
 *
 * Commands come as JSON lines on stdin, events leave on stdout (engines/protocol.ts). It ends when stdin closes.
 * One context per adapter over shared weights; see model-host.mjs for why they never share a KV cache.
 */
import { createInterface } from 'node:readline'
import { emit, keepStdoutForEvents, log } from './events.mjs'
import { startHttp } from './http.mjs'
import { ModelHost, HostError } from './model-host.mjs'

keepStdoutForEvents()

/** @type {ModelHost | null} */
let host = null

const commands = {
  async load(command) {
    if (host !== null)
      throw new HostError('already_loaded', 'A base model is loaded; start another engine for another one.')
    const loaded = await ModelHost.load(command)
    const port = await startHttp(loaded, command.token)
    host = loaded
    emit({ type: 'loaded', port, context_tokens: loaded.contextTokens })
  },
  async add_adapter({ name, path }) {
    await loadedHost().addAdapter(name, path)
    emit({ type: 'adapter_added', name })
  },
  async remove_adapter({ name }) {
    await loadedHost().removeAdapter(name)
    emit({ type: 'adapter_removed', name })
  },
  async shutdown() {
    process.exit(0)
  },
}

const loadedHost = () => {
  if (host === null) throw new HostError('not_loaded', 'No base model is loaded yet; send `load` first.')
  return host
}

/** A line as a command, or null after a `log` event that says what is wrong with it. */
const parse = (line) => {
  try {
    const command = JSON.parse(line)
    if (Object.hasOwn(commands, command?.type)) return command
    emit({ type: 'log', level: 'warning', message: `Unknown command ${JSON.stringify(command?.type)}` })
  } catch (error) {
    emit({ type: 'log', level: 'warning', message: `A line on stdin is not JSON: ${error.message}` })
  }
  return null
}

const handle = async (command) => {
  try {
    await commands[command.type](command)
  } catch (error) {
    log(error.stack ?? String(error))
    const code = error instanceof HostError ? error.code : 'engine_internal_error'
    emit({ type: 'failed', code, message: String(error.message), name: command.name ?? null })
  }
}

// One command after the other, so that an adapter may be added right behind `load`. A removal waits for running answers
// and must not hold up what follows; its name is free as soon as it starts.
let last = Promise.resolve()
const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  const command = line.trim() === '' ? null : parse(line)
  if (command === null) return
  const handled = last.then(() => handle(command))
  if (command.type !== 'remove_adapter') last = handled
})
lines.on('close', () => process.exit(0))

emit({ type: 'ready', engine: 'llama', pid: process.pid, protocol: 1 })
