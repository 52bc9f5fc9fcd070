import type { ChatRequest } from '../contract/chat'
import type { ContentPart } from '../contract/chat-content'
import { ForgeError } from '../contract/errors'

const shownAs: Record<ContentPart['type'], string> = { text: 'a text', image_url: 'an image', input_audio: 'audio' }

/**
 * An engine refuses a kind of content by its place in the request; the caller, who may have sent many items to several
 * models, is told which model does not read what. Any other refusal stays as it is.
 */
export const namingTheModel = (error: ForgeError, { model, messages }: ChatRequest): ForgeError => {
  if (error.code !== 'unsupported_parameter') return error
  const index = /^messages\[(\d+)\]\.content\.type$/.exec(error.param ?? '')?.[1]
  const content: string | ContentPart[] | null | undefined =
    index === undefined ? null : messages[Number(index)]?.content
  const part = Array.isArray(content) ? content.find(({ type }) => type !== 'text') : undefined
  if (index === undefined || part === undefined) return error
  const param = `messages[${index}].content`
  return new ForgeError('content_not_read', { model, place: param, what: shownAs[part.type] }, { param, cause: error })
}
