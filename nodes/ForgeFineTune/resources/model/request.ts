import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow'
import type { CreateJob, JobInput } from '../../../shared/contract'
import { choice, jobOptionFields, jobOptionsOf } from '../../../shared/job-fields'
import { datasetLocator, locator } from '../../../shared/locators'

/** What is left out is chosen by Forge. */
const hyperparameters: INodeProperties = {
  displayName: 'Hyperparameters',
  name: 'hyperparameters',
  type: 'collection',
  placeholder: 'Add hyperparameter',
  default: {},
  description: 'How the model learns; what is not added here is chosen by Forge',
  options: [
    {
      displayName: 'Batch Size',
      name: 'batch_size',
      type: 'number',
      typeOptions: { minValue: 1, maxValue: 1024 },
      default: 8,
      description: 'Rows per step; more is steadier and takes more memory',
    },
    {
      displayName: 'Epochs',
      name: 'epochs',
      type: 'number',
      typeOptions: { minValue: 0, maxValue: 100, numberPrecision: 2 },
      default: 1,
      description: 'How often all rows are gone through; a part of one is fine (0.5)',
    },
    {
      displayName: 'Learning Rate',
      name: 'learning_rate',
      type: 'number',
      typeOptions: { minValue: 0, maxValue: 0.1, numberPrecision: 6 },
      default: 0.001,
      description: 'How far each step goes; lower it when the loss jumps',
    },
    {
      displayName: 'Longest Row',
      name: 'max_length',
      type: 'number',
      typeOptions: { minValue: 16, maxValue: 131_072 },
      default: 1024,
      description: 'In tokens; what is longer is cut, dropped or refused, see Options',
    },
    {
      displayName: 'LoRA Alpha',
      name: 'lora_alpha',
      type: 'number',
      typeOptions: { minValue: 0, maxValue: 4096 },
      default: 32,
      description: 'Weight of what was learned against the base model; mostly twice the rank',
    },
    {
      displayName: 'LoRA Rank',
      name: 'lora_rank',
      type: 'number',
      typeOptions: { minValue: 1, maxValue: 512 },
      default: 16,
      description: 'How much can be learned; higher takes more memory',
    },
    {
      displayName: 'Maximum Steps',
      name: 'max_steps',
      type: 'number',
      typeOptions: { minValue: 1 },
      default: 100,
      description: 'Ends earlier than the epochs do',
    },
    {
      displayName: 'Schedule',
      name: 'schedule',
      type: 'options',
      options: [
        { name: 'Constant', value: 'constant' },
        { name: 'Cosine', value: 'cosine' },
        { name: 'Linear', value: 'linear' },
      ],
      default: 'cosine',
      description: 'How the learning rate falls',
    },
    {
      displayName: 'Seed',
      name: 'seed',
      type: 'number',
      typeOptions: { minValue: 0 },
      default: 42,
      description: 'The same seed and data give the same model',
    },
    {
      displayName: 'Stop Early After',
      name: 'early_stopping_patience',
      type: 'number',
      typeOptions: { minValue: 1 },
      default: 3,
      description: 'Evaluations without a better validation loss; needs validation rows',
    },
    {
      displayName: 'Warm-Up Ratio',
      name: 'warmup_ratio',
      type: 'number',
      typeOptions: { minValue: 0, maxValue: 1, numberPrecision: 3 },
      default: 0.05,
      description: 'Share of the steps over which the learning rate rises',
    },
    {
      displayName: 'Weight Decay',
      name: 'weight_decay',
      type: 'number',
      typeOptions: { minValue: 0, maxValue: 1, numberPrecision: 4 },
      default: 0,
      description: 'Holds weights small against learning by heart',
    },
  ],
}

export const requestFields: INodeProperties[] = [
  locator({
    displayName: 'Base Model',
    name: 'base_model',
    description:
      'What the training starts from: a base model, a Hugging Face ID, folder:name, or a tuned model or checkpoint to go on from',
    search: 'searchTrainableModels',
    placeholder: 'smollm2-135m-instruct',
    collection: 'models',
  }),
  datasetLocator(),
  {
    displayName: 'Method',
    name: 'method',
    type: 'options',
    noDataExpression: true,
    options: [{ name: 'LoRA', value: 'lora', description: 'Trains a small adapter beside the base model' }],
    default: 'lora',
  },
  {
    displayName: 'Suffix',
    name: 'suffix',
    type: 'string',
    default: '',
    placeholder: 'e.g. product-texts',
    description: 'Becomes part of the name of the model: letters, digits, dot, dash, underscore',
  },
  hyperparameters,
]

export const trainingOptions: INodeProperties[] = [
  {
    displayName: 'Checkpoint Every',
    name: 'checkpoint_interval_seconds',
    type: 'number',
    typeOptions: { minValue: 1, maxValue: 86_400 },
    default: 60,
    description: 'In seconds: what is lost at most when a worker is lost',
  },
  {
    displayName: 'Rows That Are Too Long',
    name: 'on_too_long',
    type: 'options',
    options: [
      { name: 'Cut', value: 'truncate' },
      { name: 'Drop', value: 'drop' },
      { name: 'Fail', value: 'fail' },
    ],
    default: 'truncate',
    description: 'What to do with rows above the longest row of the hyperparameters',
  },
  ...jobOptionFields,
]

type Input = JobInput<'fine-tune'>

/** The job that an item asks for. */
export const fineTuneJob = (context: IExecuteFunctions, item: number): CreateJob & { kind: 'fine-tune' } => {
  const { checkpoint_interval_seconds: interval, on_too_long: onTooLong } = context.getNodeParameter(
    'options',
    item,
    {},
  ) as Pick<Input, 'checkpoint_interval_seconds' | 'on_too_long'>
  const suffix = String(context.getNodeParameter('suffix', item, '') ?? '').trim()
  return {
    kind: 'fine-tune',
    input: {
      base_model: choice(context, 'base_model', 'base model', item),
      data: { type: 'dataset', dataset_version_id: choice(context, 'dataset', 'dataset', item) },
      method: context.getNodeParameter('method', item, 'lora') as 'lora',
      ...(suffix === '' ? {} : { suffix }),
      hyperparameters: context.getNodeParameter('hyperparameters', item, {}) as Input['hyperparameters'],
      ...(interval === undefined ? {} : { checkpoint_interval_seconds: interval }),
      ...(onTooLong === undefined ? {} : { on_too_long: onTooLong }),
    } as Input,
    job: jobOptionsOf(context, item),
  }
}
