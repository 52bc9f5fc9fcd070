import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow'
import { NodeOperationError } from 'n8n-workflow'

/** A message of more than a text, in OpenAI's shape. */
type Part =
  | { type: 'text'; text: string }
  | { type: 'image_url'; image_url: { url: string } }
  | { type: 'input_audio'; input_audio: { data: string; format: 'wav' | 'mp3' } }

export const attachmentOptions: INodeProperties[] = [
  {
    displayName: 'Audio Binary Fields',
    name: 'audio_fields',
    type: 'string',
    default: 'data',
    placeholder: 'e.g. recording',
    hint: 'The names of the input binary fields with WAV or MP3 files, separated by commas',
    description: 'Recordings that are sent with the user message, to a model that reads audio',
  },
  {
    displayName: 'Image Binary Fields',
    name: 'image_fields',
    type: 'string',
    default: 'data',
    placeholder: 'e.g. photo, label',
    hint: 'The names of the input binary fields with images, separated by commas',
    description: 'Images that are sent with the user message, to a model that reads images',
  },
]

const audioFormats: Record<string, 'wav' | 'mp3'> = {
  'audio/wav': 'wav',
  'audio/wave': 'wav',
  'audio/x-wav': 'wav',
  'audio/vnd.wave': 'wav',
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
}

/** The user message with the images and recordings that the item's options name; the text alone where none is named. */
export const withAttachments = async (
  context: IExecuteFunctions,
  item: number,
  text: string,
): Promise<string | Part[]> => {
  const fields = (option: string): string[] =>
    String(context.getNodeParameter(`options.${option}`, item, '') ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
  const parts: Part[] = []
  for (const field of fields('image_fields')) parts.push(await imagePart(context, item, field))
  for (const field of fields('audio_fields')) parts.push(await audioPart(context, item, field))
  return parts.length === 0 ? text : [{ type: 'text', text }, ...parts]
}

const imagePart = async (context: IExecuteFunctions, item: number, field: string): Promise<Part> => {
  const { mimeType } = context.helpers.assertBinaryData(item, field)
  if (!mimeType.startsWith('image/')) throw notOfKind(context, item, field, mimeType, 'an image')
  return { type: 'image_url', image_url: { url: `data:${mimeType};base64,${await base64(context, item, field)}` } }
}

const audioPart = async (context: IExecuteFunctions, item: number, field: string): Promise<Part> => {
  const { mimeType } = context.helpers.assertBinaryData(item, field)
  const format = audioFormats[mimeType.split(';')[0] ?? '']
  if (format === undefined) throw notOfKind(context, item, field, mimeType, 'a WAV or MP3 file')
  return { type: 'input_audio', input_audio: { data: await base64(context, item, field), format } }
}

const base64 = async (context: IExecuteFunctions, item: number, field: string): Promise<string> =>
  (await context.helpers.getBinaryDataBuffer(item, field)).toString('base64')

const notOfKind = (
  context: IExecuteFunctions,
  itemIndex: number,
  field: string,
  mimeType: string,
  wanted: string,
): NodeOperationError =>
  new NodeOperationError(context.getNode(), `The binary field "${field}" holds ${mimeType}, not ${wanted}`, {
    description: 'Name another field in the options, or convert the file before this node.',
    itemIndex,
  })
