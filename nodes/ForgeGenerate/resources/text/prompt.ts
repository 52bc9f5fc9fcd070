import type { IDataObject, IExecuteFunctions, INode, INodeProperties } from 'n8n-workflow'
import { NodeOperationError } from 'n8n-workflow'
import { choice } from '../../../shared/job-fields'
import { jsonObject } from '../../../shared/json-field'
import { modelLocator } from '../../../shared/locators'

export const promptFields: INodeProperties[] = [
  modelLocator(),
  {
    displayName: 'System Message',
    name: 'system',
    type: 'string',
    typeOptions: { rows: 3 },
    default: '',
    description: 'What the model shall be and how it shall answer; empty sends none',
  },
  {
    displayName: 'User Message',
    name: 'user',
    type: 'string',
    typeOptions: { rows: 5 },
    default: '',
    required: true,
    placeholder: 'e.g. Write the shop text in English for {{ $json.title }}',
    description: 'What is asked, for each item; expressions fill in its fields',
  },
  {
    displayName: 'Output Format',
    name: 'format',
    type: 'options',
    noDataExpression: true,
    options: [
      { name: 'JSON That Follows a Schema', value: 'json_schema', description: 'The fields of the schema' },
      { name: 'Text', value: 'text', description: 'One text per item' },
    ],
    default: 'text',
  },
  {
    displayName: 'JSON Schema',
    name: 'schema',
    type: 'json',
    typeOptions: { rows: 8 },
    default:
      '{\n  "type": "object",\n  "properties": {\n    "title": { "type": "string" },\n    "text": { "type": "string" }\n  },\n  "required": ["title", "text"],\n  "additionalProperties": false\n}',
    displayOptions: { show: { format: ['json_schema'] } },
    description: 'The model can only answer with JSON of this schema',
  },
]

export interface Prompt {
  model: string
  messages: { role: 'system' | 'user'; content: string }[]
  responseFormat: IDataObject | null
}

/** What an item asks of which model. Throws where the user message is empty or the schema is no JSON. */
export const promptOf = (context: IExecuteFunctions, item: number): Prompt => {
  const node = context.getNode()
  const text = (name: string): string => String(context.getNodeParameter(name, item, '') ?? '')
  const user = text('user')
  if (user.trim() === '') {
    throw new NodeOperationError(node, 'The user message is empty', {
      description: 'Write what is asked; if an expression stands there, its field is missing in this item.',
      itemIndex: item,
    })
  }
  const system = text('system')
  return {
    model: choice(context, 'model', 'model', item),
    messages: [
      ...(system.trim() === '' ? [] : [{ role: 'system' as const, content: system }]),
      { role: 'user', content: user },
    ],
    responseFormat:
      text('format') === 'json_schema'
        ? {
            type: 'json_schema',
            json_schema: {
              name: 'answer',
              strict: true,
              schema: jsonObject(node, context.getNodeParameter('schema', item), 'JSON Schema', item),
            },
          }
        : null,
  }
}

/** The answer as fields of an item. Throws where JSON was asked for and the answer is none: it was cut off. */
export const answerFields = (node: INode, item: number, text: string, structured: boolean): IDataObject => {
  if (!structured) return { text }
  try {
    return { output: JSON.parse(text) as IDataObject }
  } catch (error) {
    throw new NodeOperationError(node, `The answer is not complete JSON: ${(error as Error).message}`, {
      description: `Raise Maximum Tokens, or ask for less. It reads: ${text.slice(0, 200)}`,
      itemIndex: item,
    })
  }
}
