import { of, type ErrorEntry } from './entry'

/** Of training, serving and deployments. */
export const modelErrors = {
  model_not_released: {
    status: 403,
    retryable: false,
    message: (f) => `Model ${of(f, 'model')} may not be called by its name: ${of(f, 'reason')}.`,
    hint: 'Deploy it (with force and a reason if its gate failed) and call the deployment.',
  },
  unsupported_parameter: {
    status: 400,
    retryable: false,
    message: (f) => of(f, 'detail'),
    hint: 'Leave it out.',
  },
  content_not_read: {
    status: 400,
    retryable: false,
    message: (f) => `The model "${of(f, 'model')}" reads text only, and ${of(f, 'place')} has ${of(f, 'what')}.`,
    hint: 'Choose a model that reads it, or leave it out and describe it in words.',
  },
  context_length_exceeded: {
    status: 400,
    retryable: false,
    message: (f) => of(f, 'detail'),
    hint: 'Shorten the prompt or lower max_tokens.',
  },
  no_replica: {
    status: 503,
    retryable: true,
    message: (f) => `"${of(f, 'model')}" has no ready engine: ${of(f, 'reason')}.`,
    hint: 'Try again after the time in retry-after; GET /v1/workers shows whether a worker is there.',
  },
  engine_failed: {
    status: 502,
    retryable: true,
    message: (f) => `The engine failed: ${of(f, 'detail')}`,
    hint: 'Look at the job log or the worker log; the request may be sent again.',
  },
  engine_unavailable: {
    status: 503,
    retryable: true,
    message: (f) => `The engine could not start: ${of(f, 'detail')}`,
    hint: 'Run `npm run setup` on the worker; it installs what engines need.',
  },
  training_diverged: {
    status: 422,
    retryable: false,
    message: (f) => of(f, 'detail'),
    hint: 'Lower learning_rate, or look for broken rows.',
  },
  out_of_memory: {
    status: 507,
    retryable: true,
    message: (f) => of(f, 'detail'),
    hint: 'Lower batch_size or max_length, or use a machine with more memory.',
  },
  disk_full: {
    status: 507,
    retryable: true,
    message: (f) => `There is no room left on the disk: ${of(f, 'detail')}`,
    hint: 'Free some room in the data folder and retry the job.',
  },
  model_not_loadable: {
    status: 422,
    retryable: false,
    message: (f) => of(f, 'detail'),
    hint: 'Use a folder or a repository with safetensors, config.json and a tokenizer.',
  },
  architecture_not_servable: {
    status: 422,
    retryable: false,
    message: (f) => `No serving engine here can load ${of(f, 'architecture')}.`,
    hint: 'Use a base with safetensors and a plain LoRA adapter, or bring a GGUF of both.',
  },
  deployment_failed: {
    status: 502,
    retryable: true,
    message: (f) => of(f, 'detail'),
    hint: 'The generation before stays in service; look at the worker log.',
  },
} satisfies Record<string, ErrorEntry>
