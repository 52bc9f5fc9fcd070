import { send } from '../../api/client'
import { asked, ended, withEvent, type Answer } from './answer'
import type { ChatCall } from './call'
import { eventReader } from './event-lines'

/**
 * Asks a model and tells each step of its answer. Never throws: what went wrong is the end of the answer. `signal` stops the
 * engine too; what came until then stays.
 */
export const ask = async (call: ChatCall, signal: AbortSignal, onAnswer: (answer: Answer) => void): Promise<void> => {
  let answer = asked(Date.now())
  onAnswer(answer)
  try {
    const body = { ...call, stream: true, stream_options: { include_usage: true } }
    const response = await send('createChatCompletion', { body }, { signal })
    const texts = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    const read = eventReader()
    for (let step = await texts?.read(); step?.done === false; step = await texts?.read()) {
      for (const data of read(step.value)) answer = withEvent(answer, data, Date.now())
      // a piece can hold several events: one drawing for all of them
      onAnswer(answer)
    }
    onAnswer(ended(answer, 'done', Date.now()))
  } catch (error) {
    onAnswer(signal.aborted ? ended(answer, 'stopped', Date.now()) : ended(answer, 'failed', Date.now(), error))
  }
}
