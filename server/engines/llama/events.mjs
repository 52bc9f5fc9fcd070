import { writeSync } from 'node:fs'

/**
 * Writes one event of the engine protocol (`servingEvent` in engines/protocol.ts) to stdout.
 * Synchronous, so that an event written just before an exit is not lost.
 */
export const emit = (event) => {
  let rest = Buffer.from(`${JSON.stringify(event)}\n`)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error // a full pipe: the worker reads it in a moment
    }
  }
}

/** Free text for the engine's log: stderr, never stdout. */
export const log = (text) => process.stderr.write(`${text}\n`)

/** stdout belongs to the protocol: whatever a library prints goes to stderr instead. */
export const keepStdoutForEvents = () => {
  for (const method of ['log', 'info', 'debug', 'warn', 'error']) console[method] = (...parts) => log(parts.join(' '))
}
