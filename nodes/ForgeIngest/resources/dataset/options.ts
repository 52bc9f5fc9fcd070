import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow'
import { NodeOperationError } from 'n8n-workflow'
import type { JobInput } from '../../../shared/contract'
import { jobOptionFields } from '../../../shared/job-fields'
import { waitOptions } from '../../../shared/wait'

export const nameField: INodeProperties = {
  displayName: 'Dataset Name',
  name: 'dataset_name',
  type: 'string',
  default: '',
  required: true,
  placeholder: 'e.g. product-texts',
  description:
    'Lower case letters, digits, dot, dash, underscore. A name that is there gets a new version; versions never change.',
}

/** What a source's rows are, for data that comes as it is. */
export const formatField: INodeProperties = {
  displayName: 'Format',
  name: 'format',
  type: 'options',
  noDataExpression: true,
  options: [
    {
      name: 'Columns by Template',
      value: 'mapping',
      description: 'Prompt and completion are put together from columns',
    },
    { name: 'Detect', value: 'auto', description: 'Looks at the columns' },
    { name: 'OpenAI Chat', value: 'openai-chat', description: 'A column "messages" with role and content' },
    { name: 'Prompt and Completion', value: 'prompt-completion', description: 'Columns "prompt" and "completion"' },
    {
      name: 'Shopify Products',
      value: 'shopify-products',
      description: 'The product export of Shopify, or the items of the Shopify node, unchanged',
    },
    {
      name: 'WooCommerce Products',
      value: 'woocommerce-products',
      description: 'The product export of WooCommerce, or the items of the WooCommerce node, unchanged',
    },
  ],
  default: 'auto',
  description: 'What the rows are',
}

export const templateFields: INodeProperties[] = [
  {
    displayName: 'Prompt Template',
    name: 'template_prompt',
    type: 'string',
    typeOptions: { rows: 3 },
    default: '',
    placeholder: 'e.g. Describe {{ title }}',
    description: 'Jinja over the columns, written as fixed text: it is filled for each row by Forge, not by n8n',
    displayOptions: { show: { format: ['mapping'] } },
    noDataExpression: true,
  },
  {
    displayName: 'Completion Template',
    name: 'template_completion',
    type: 'string',
    typeOptions: { rows: 3 },
    default: '',
    placeholder: 'e.g. {{ description }}',
    description: 'Jinja over the columns, as the prompt',
    displayOptions: { show: { format: ['mapping'] } },
    noDataExpression: true,
  },
]

export const optionsField: INodeProperties = {
  displayName: 'Options',
  name: 'options',
  type: 'collection',
  placeholder: 'Add option',
  default: {},
  options: [
    {
      displayName: 'Append to the Newest Version',
      name: 'append',
      type: 'boolean',
      default: false,
      description:
        'Whether the new version begins with the rows of the newest one, each still on its side of the split, and adds those of these rows that it lacks; a name that is new gets its first version',
    },
    {
      displayName: 'Drop Duplicates',
      name: 'deduplicate',
      type: 'boolean',
      default: true,
      description: 'Whether to drop rows whose messages are equal but for white space',
    },
    {
      displayName: 'Invalid Rows Allowed',
      name: 'skip_invalid_percentage',
      type: 'number',
      typeOptions: { minValue: 0, maxValue: 100, numberPrecision: 2 },
      default: 0,
      description: 'In percent; with 0 the first invalid row ends the job',
    },
    {
      displayName: 'Maximum Rows',
      name: 'max_rows',
      type: 'number',
      typeOptions: { minValue: 1 },
      default: 1000,
      description: 'Each language and channel keeps its share',
    },
    {
      displayName: 'Minimum Rows',
      name: 'min_rows',
      type: 'number',
      typeOptions: { minValue: 1 },
      default: 1,
      description: 'Fewer rows end the job as failed',
    },
    {
      displayName: 'Prompt Template for Products',
      name: 'product_prompt',
      type: 'string',
      typeOptions: { rows: 4 },
      default:
        'Write the {{ channel }} text in {{ language }} for this product.\nProduct: {{ title }}\n{% for fact in facts %}\n- {{ fact }}\n{% endfor %}',
      noDataExpression: true,
      description:
        'For Shopify and WooCommerce products: Jinja over their fields, filled by Forge for each product. Ask the tuned model with the same words later.',
    },
    {
      displayName: 'Redact Personal Data',
      name: 'redact_personal_data',
      type: 'boolean',
      default: false,
      description: 'Whether to mask email addresses, phone numbers, IBANs and payment cards; names and addresses stay',
    },
    {
      displayName: 'Validation Split',
      name: 'validation_split',
      type: 'number',
      typeOptions: { minValue: 0, maxValue: 0.5, numberPrecision: 3 },
      default: 0.1,
      description: 'Share of the rows that is held back from training, for evaluation',
    },
    ...jobOptionFields,
    ...waitOptions,
  ].sort((a, b) => a.displayName.localeCompare(b.displayName)) as INodeProperties[],
}

type Input = JobInput<'ingest'>

/** The dataset's name, as the first item has it. */
export const datasetNameOf = (context: IExecuteFunctions): string => {
  const name = String(context.getNodeParameter('dataset_name', 0, '') ?? '').trim()
  if (/^[a-z0-9][a-z0-9._-]{0,99}$/.test(name)) return name
  throw new NodeOperationError(context.getNode(), `"${name}" cannot be the name of a dataset`, {
    description: 'Use lower case letters, digits, dot, dash and underscore; the first is a letter or a digit.',
    itemIndex: 0,
  })
}

/** Whether the rows are added to those of the newest version. */
export const appendOf = (context: IExecuteFunctions): Pick<Input, 'append'> =>
  context.getNodeParameter('options.append', 0, false) === true ? { append: true } : {}

/** What the options say of the rows; what is not added is as Forge has it. */
export const ingestOptionsOf = (context: IExecuteFunctions, format: string): NonNullable<Input['options']> => {
  const given = context.getNodeParameter('options', 0, {}) as NonNullable<Input['options']> & {
    product_prompt?: string
  }
  const own = [
    'deduplicate',
    'max_rows',
    'min_rows',
    'redact_personal_data',
    'skip_invalid_percentage',
    'validation_split',
  ] as const
  const text = (name: string): string => String(context.getNodeParameter(name, 0, '') ?? '')
  return {
    ...Object.fromEntries(own.filter((name) => given[name] !== undefined).map((name) => [name, given[name]])),
    format: format as 'auto',
    ...(format === 'mapping'
      ? { mapping: { prompt: text('template_prompt'), completion: text('template_completion') } }
      : {}),
    ...(given.product_prompt ? { product_texts: { prompt_template: given.product_prompt } } : {}),
  }
}
