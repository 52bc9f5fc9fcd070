import { z } from 'zod'

export const chatMessage = z.object({
  role: z.enum(['system', 'user', 'assistant', 'developer', 'tool']),
  content: z.string(),
})
export type ChatMessage = z.infer<typeof chatMessage>

/** OpenAI's chat call. Fields that no engine here knows are passed on, and refused by the engine that does not know them. */
export const chatRequest = z.looseObject({
  model: z.string(),
  messages: z.array(chatMessage).min(1),
  stream: z.boolean().optional(),
})
export type ChatRequest = z.infer<typeof chatRequest>

export const chatUsage = z.object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() })
export const chatCompletion = z.looseObject({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.looseObject({
      index: z.int(),
      message: z.looseObject({ role: z.literal('assistant'), content: z.string() }),
      finish_reason: z.enum(['stop', 'length']),
    }),
  ),
  usage: chatUsage,
})
export type ChatCompletion = z.infer<typeof chatCompletion>
