import type { IDataObject } from 'n8n-workflow'
import type { DatasetVersion, Page } from '../../../shared/contract'
import { usageFields } from '../../../shared/energy'
import { pairs } from '../../../shared/item-ranges'
import type { Present } from '../../../shared/results'
import { forge } from '../../../shared/transport'

interface Result {
  dataset_id: string
  dataset_version_id: string
  version: number
  rows: number
  validation_rows: number
}

/** The dataset version that a job made: how many rows, and what was dropped and why. */
export const present: Present = async (context, job, items) => {
  const result = job.result as unknown as Result
  const { data } = await forge<Page<DatasetVersion>>(context, {
    method: 'GET',
    path: `/v1/datasets/${encodeURIComponent(result.dataset_id)}/versions`,
    query: { limit: 100 },
  })
  const version = data.find(({ id }) => id === result.dataset_version_id)
  const report = version?.report
  const json: IDataObject = {
    dataset_id: result.dataset_id,
    dataset_name: (job.input as IDataObject).name,
    dataset_version_id: result.dataset_version_id,
    version: result.version,
    rows: result.rows,
    validation_rows: result.validation_rows,
    ...(report === undefined
      ? {}
      : {
          parent_version_id: version?.parent_version_id ?? null,
          rows_in: report.rows_in,
          rows_dropped: report.rows_dropped,
          duplicates: report.duplicates,
          first_problems: report.first_problems,
          languages: report.languages,
          channels: report.channels,
          personal_data: report.personal_data,
        }),
    ...usageFields(job.usage),
    job_id: job.id,
  }
  return [[{ json, pairedItem: pairs(items) }], []]
}
