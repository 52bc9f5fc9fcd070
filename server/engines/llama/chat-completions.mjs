import { randomUUID } from 'node:crypto'
import { readChatRequest } from './chat-request.mjs'
import { generate } from './generate.mjs'
import { servedModel } from './served-model.mjs'
import { PlainAnswer, ToolAnswer } from './tool-answer.mjs'

/** POST /v1/chat/completions, as one JSON answer or as server-sent events. */
export const chatCompletions = async ({ host, body, signal, res }) => {
  const plan = readChatRequest(body)
  const served = servedModel(host, plan.model)
  const prompt = host.template.tokens(plan.messages)
  const pieces = generate(host, served, prompt, plan, signal)
  const head = { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model: plan.model }
  return plan.stream ? stream(res, head, plan, prompt.length, pieces) : whole(head, plan, prompt.length, pieces)
}

const answerOf = (plan) => (plan.tools === null ? new PlainAnswer() : new ToolAnswer())
const finishReason = (answer, last) =>
  answer.called && last.finishReason === 'stop' ? 'tool_calls' : last.finishReason

const whole = async (head, plan, promptTokens, pieces) => {
  const answer = answerOf(plan)
  const deltas = []
  const logprobs = []
  let last
  for await (const piece of pieces) {
    deltas.push(...answer.push(piece.text))
    logprobs.push(...piece.logprobs)
    last = piece
  }
  return {
    ...head,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: messageOf(deltas, answer),
        finish_reason: finishReason(answer, last),
        logprobs: plan.logprobs ? { content: logprobs } : null,
      },
    ],
    usage: usage(promptTokens, last.tokens),
  }
}

/** What a client that read the deltas would have. */
const messageOf = (deltas, { called }) => {
  const content = deltas.map((delta) => delta.content ?? '').join('')
  if (!called) return { role: 'assistant', content, refusal: null }
  const calls = []
  for (const { index, ...call } of deltas.flatMap((delta) => delta.tool_calls ?? [])) {
    calls[index] ??= { ...call, function: { name: call.function.name, arguments: '' } }
    calls[index].function.arguments += call.function.arguments
  }
  return { role: 'assistant', content: null, refusal: null, tool_calls: calls }
}

const stream = async (res, head, plan, promptTokens, pieces) => {
  const send = (choices, rest = {}) =>
    res.write(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices, ...rest })}\n\n`)
  // with include_usage every chunk has the field, null until the last one
  const noUsage = plan.includeUsage ? { usage: null } : {}
  const delta = (content, finishReason, logprobs) =>
    send(
      [
        {
          index: 0,
          delta: content,
          finish_reason: finishReason,
          logprobs: logprobs.length > 0 ? { content: logprobs } : null,
        },
      ],
      noUsage,
    )
  const answer = answerOf(plan)
  let last
  for await (const piece of pieces) {
    // headers leave with the first token: until then the gateway may try another replica
    if (last === undefined) {
      res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
      delta({ role: 'assistant', content: plan.tools === null ? '' : null }, null, [])
    }
    const deltas = answer.push(piece.text)
    // probabilities may come before the text that they belong to is certain
    if (deltas.length === 0 && piece.logprobs.length > 0) delta({ content: '' }, null, piece.logprobs)
    for (const part of deltas) delta(part, null, piece.logprobs)
    last = piece
  }
  delta({}, finishReason(answer, last), [])
  if (plan.includeUsage) send([], { usage: usage(promptTokens, last.tokens) })
  res.end('data: [DONE]\n\n')
}

const usage = (prompt, completion) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
})
