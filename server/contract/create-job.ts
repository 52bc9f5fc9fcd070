import { z } from 'zod'
import { ingestInput } from './datasets'
import { airflowDagInput } from './airflow'
import { deployInput } from './deployments'
import { evaluateInput } from './evaluations'
import { fineTuneInput } from './fine-tuning'
import { generateInput } from './generations'
import { jobOptions } from './jobs'
import { sleepInput } from './sleep'

/** A job of any kind but `recipe`, which has its own call. The step resources make the same jobs. */
export const createJob = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('sleep'), input: sleepInput, job: jobOptions.prefault({}) }),
  z.object({ kind: z.literal('ingest'), input: ingestInput, job: jobOptions.prefault({}) }),
  z.object({ kind: z.literal('fine-tune'), input: fineTuneInput, job: jobOptions.prefault({}) }),
  z.object({ kind: z.literal('evaluate'), input: evaluateInput, job: jobOptions.prefault({}) }),
  z.object({ kind: z.literal('deploy'), input: deployInput, job: jobOptions.prefault({}) }),
  z.object({ kind: z.literal('generate'), input: generateInput, job: jobOptions.prefault({}) }),
  z.object({ kind: z.literal('airflow-dag'), input: airflowDagInput, job: jobOptions.prefault({}) }),
])
export type CreateJob = z.infer<typeof createJob>
