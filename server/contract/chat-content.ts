import { z } from 'zod'

/** A part of a message that is more than a text, in OpenAI's shape. Which kinds are read, the model decides. */
export const contentPart = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({
    type: z.literal('image_url'),
    image_url: z.looseObject({
      url: z.string().describe('an address, or the image itself as `data:image/png;base64,…`'),
    }),
  }),
  z.object({
    type: z.literal('input_audio'),
    input_audio: z.object({ data: z.string().describe('base64'), format: z.enum(['wav', 'mp3']) }),
  }),
])
export type ContentPart = z.infer<typeof contentPart>

export const messageContent = z.union([z.string(), z.array(contentPart).min(1)])

/** The text of a message's content; what is no text is named in brackets. */
export const textOfContent = (content: z.infer<typeof messageContent>): string =>
  typeof content === 'string'
    ? content
    : content.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join('')
