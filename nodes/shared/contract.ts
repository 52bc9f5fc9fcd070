import type { components, operations } from './api'

/** Short names for what `api.d.ts` holds; that file is generated from Forge's contract. */
type Schemas = components['schemas']
type Operation = keyof operations

type JsonOf<T> = T extends { content: { 'application/json': infer Body } } ? Body : never

/** What a call answers with, by its name in the contract. */
export type Reply<O extends Operation> = JsonOf<
  operations[O]['responses'][keyof operations[O]['responses'] & (200 | 201 | 202)]
>
/** What a call takes, by its name in the contract. */
export type Body<O extends Operation> = operations[O] extends { requestBody?: infer R } ? JsonOf<NonNullable<R>> : never

export type Job = Schemas['Job']
export type JobKind = Job['kind']

/** A body as it may be sent: the generated types ask for fields that have a default, too. */
export type Given<T> = T extends readonly (infer Each)[]
  ? Given<Each>[]
  : T extends object
    ? { [Name in keyof T]?: Given<T[Name]> }
    : T
type AnyJob = Body<'createJob'>
export type JobInput<K extends AnyJob['kind']> = Given<Extract<AnyJob, { kind: K }>['input']>
export type JobOptions = Given<NonNullable<AnyJob['job']>>
export type CreateJob = { [K in AnyJob['kind']]: { kind: K; input: JobInput<K>; job?: JobOptions } }[AnyJob['kind']]
export type ErrorBody = Schemas['Error']
export type Usage = Job['usage']
export type Model = Reply<'getModel'>
export type Dataset = Reply<'getDataset'>
export type DatasetVersion = NonNullable<Dataset['latest_version']>
export type Deployment = Reply<'getDeployment'>
export type Approval = Reply<'getApproval'>
export type Connection = Reply<'getConnection'>
export type Evaluation = Reply<'getEvaluation'>
export type GenerationRow = NonNullable<Reply<'getGeneration'>['rows']>[number]
/** A page of a list, newest first; `after` is the id of the last entry seen. */
export interface Page<T> {
  data: T[]
  has_more: boolean
}
