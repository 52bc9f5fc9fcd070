import { monotonicFactory } from 'ulid'
import { idPrefixes } from '../contract/ids'

const ulid = monotonicFactory()

/** A sortable id with its prefix, e.g. `job_01k…`. */
export const newId = (kind: keyof typeof idPrefixes): string => `${idPrefixes[kind]}_${ulid().toLowerCase()}`
