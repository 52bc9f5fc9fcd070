import type { Model } from '../../../contract/models'
import { paths } from '../../paths'

/** What something that is named by an id is called, and its view; null where it has none. */
export interface Named {
  text: string
  view: string | null
}

/** The id of a checkpoint, as the API writes it, in its parts. */
const checkpoint = /^ftjob_(\w+):ckpt-step-(\d+)$/

/** A model by its id: a tuned or a base model, or a checkpoint of one, whose view is that of its model or of its job. */
export const nameModel = (id: string, models: readonly Model[]): Named => {
  const callable = models.filter(({ kind }) => kind !== 'deployment')
  const known = callable.find((model) => model.id === id)
  if (known) return { text: known.name, view: paths.model(known.id) }
  const [, job, step] = checkpoint.exec(id) ?? []
  if (job === undefined || step === undefined) return { text: id, view: null }
  const owner = callable.find(({ job_id }) => job_id === `job_${job}`)
  return owner === undefined
    ? { text: id, view: paths.job(`job_${job}`) }
    : { text: `${owner.name}:ckpt-step-${step}`, view: paths.model(owner.id) }
}

/** The same without the base that its name begins with, for the head of a column. */
export const shortName = (id: string, models: readonly Model[]): string => {
  const { text } = nameModel(id, models)
  const base = models.find(({ base_model }) => text.startsWith(`${base_model}:`))?.base_model
  return base === undefined ? text : `…${text.slice(base.length + 1)}`
}

/** Names for columns of a table, where no two may be the same. */
export const distinct = (names: readonly { name: string; id: string }[]): string[] =>
  names.map(({ name, id }) =>
    names.filter((other) => other.name === name).length > 1 ? `${name} (${id.slice(-6)})` : name,
  )
