import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import type { AddressInfo } from 'node:net'
import { chatRequest, type ChatRequest, type ToolCall } from '../../server/contract/chat'

/** What the model says next: a text, or calls of tools. */
export type ScriptedAnswer = string | { name: string; arguments: object }[]

export interface ScriptedModel {
  /** without `/v1` */
  url: string
  /** what it was asked, in order; each keeps the form that Forge's own contract demands */
  requests: ChatRequest[]
  close(): Promise<void>
}

/** A server of OpenAI's protocol that gives the answers of a script, one per request; it knows no streams. */
export const startScriptedModel = async (script: ScriptedAnswer[]): Promise<ScriptedModel> => {
  const requests: ChatRequest[] = []
  const server = createServer((req, res) => {
    void json(req).then((body) => {
      requests.push(chatRequest.parse(body))
      res.setHeader('content-type', 'application/json')
      res.end(JSON.stringify(completion(script[requests.length - 1] ?? 'The script is over.')))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const completion = (answer: ScriptedAnswer): object => {
  const calls = typeof answer === 'string' ? [] : answer.map(toCall)
  return {
    id: 'chatcmpl-scripted',
    object: 'chat.completion',
    created: 1,
    model: 'scripted',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          ...(typeof answer === 'string' ? { content: answer } : { content: null, tool_calls: calls }),
        },
        finish_reason: calls.length > 0 ? 'tool_calls' : 'stop',
      },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  }
}

const toCall = ({ name, arguments: given }: { name: string; arguments: object }, at: number): ToolCall => ({
  id: `call_${at}`,
  type: 'function',
  function: { name, arguments: JSON.stringify(given) },
})
