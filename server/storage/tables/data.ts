import type { IngestReport } from '../../contract/ingest'
import type { Jsonb, NullableTime, Time } from './columns'

/** Bytes, files and datasets. */
export interface DataTables {
  'app.blob': {
    sha256: string
    bytes: number
    created_at: Time
    removed_at: NullableTime
    removed_by: string | null
  }
  'app.file': {
    id: string
    project_id: string
    purpose: 'fine-tune' | 'batch' | 'dataset' | 'evals'
    filename: string
    bytes: number
    sha256: string
    created_at: Time
    deleted_at: NullableTime
    erased_at: NullableTime
    erased_by: string | null
  }
  'app.dataset': {
    id: string
    project_id: string
    name: string
    created_at: Time
    deleted_at: NullableTime
    erased_at: NullableTime
    erased_by: string | null
  }
  'app.dataset_version': {
    id: string
    dataset_id: string
    version: number
    sha256: string
    rows: number
    validation_sha256: string | null
    validation_rows: number
    report: Jsonb<IngestReport>
    job_id: string
    parent_id: string | null
    created_at: Time
  }
}
