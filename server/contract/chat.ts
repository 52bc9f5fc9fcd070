import { z } from 'zod'
import { messageContent } from './chat-content'

export const chatMessage = z.object({
  role: z.enum(['system', 'user', 'assistant', 'developer', 'tool']),
  content: messageContent,
})
export type ChatMessage = z.infer<typeof chatMessage>

/** A tool that the model asks its caller to run; `arguments` is JSON text. */
export const toolCall = z.looseObject({
  id: z.string(),
  type: z.literal('function'),
  function: z.looseObject({ name: z.string(), arguments: z.string() }),
})
export type ToolCall = z.infer<typeof toolCall>

/** A message as it is sent: also with the tool calls of an earlier answer, or with a tool's result. */
export const chatRequestMessage = chatMessage.extend({
  // n8n's agent sends its own calls beside an empty list of parts
  content: z
    .union([messageContent, z.tuple([])])
    .nullish()
    .describe('null or empty beside tool_calls only'),
  tool_calls: z.array(toolCall).nullish(),
  tool_call_id: z.string().optional().describe('of a message of role tool: the call whose result it is'),
})

/** OpenAI's chat call. Fields that no engine here knows are passed on, and refused by the engine that does not know them. */
export const chatRequest = z.looseObject({
  model: z.string(),
  messages: z.array(chatRequestMessage).min(1),
  stream: z.boolean().optional(),
  tools: z
    .array(
      z.looseObject({
        type: z.string().describe('`function`'),
        function: z
          .looseObject({
            name: z.string(),
            description: z.string().nullish(),
            parameters: z.looseObject({}).nullish().describe('a JSON schema; what cannot be enforced is refused'),
          })
          .optional(),
      }),
    )
    .nullish(),
  tool_choice: z
    .union([
      z.enum(['none', 'auto', 'required']),
      z.looseObject({ type: z.string(), function: z.looseObject({ name: z.string() }).optional() }),
    ])
    .nullish(),
  parallel_tool_calls: z.boolean().nullish().describe('false: at most one call per answer'),
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
      message: z.looseObject({
        role: z.literal('assistant'),
        content: z.string().nullable().describe('null beside tool_calls'),
        tool_calls: z.array(toolCall).optional(),
      }),
      finish_reason: z.enum(['stop', 'length', 'tool_calls']),
    }),
  ),
  usage: chatUsage,
})
export type ChatCompletion = z.infer<typeof chatCompletion>
