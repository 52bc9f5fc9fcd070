import { createInterface } from 'node:readline'
import type { Dataset, DatasetVersion } from '../../contract/datasets'
import { routes } from '../../contract/routes'
import { erasableDataset } from '../../jobs/erase/erasable'
import { erase } from '../../jobs/erase/erase'
import type { Db } from '../../storage/database'
import { findDataset, findVersion, type DatasetRow, type DatasetVersionRow } from '../../storage/sql/find-dataset'
import { createStepJob } from '../create-step-job'
import { listOf, pageOfRows } from '../page'
import type { Ports } from '../ports'
import type { Register } from '../register'

const viewVersion = (row: DatasetVersionRow): DatasetVersion => ({
  id: row.id,
  version: row.version,
  parent_version_id: row.parent_id,
  rows: row.rows,
  validation_rows: row.validation_rows,
  sha256: row.sha256,
  validation_sha256: row.validation_sha256,
  report: row.report,
  job_id: row.job_id,
  created_at: row.created_at.toISOString(),
})
const view = async (db: Db, rows: readonly DatasetRow[]): Promise<Dataset[]> => {
  if (rows.length === 0) return []
  const newest = await db
    .selectFrom('app.dataset_version')
    .selectAll()
    .distinctOn('dataset_id')
    .where(
      'dataset_id',
      'in',
      rows.map((row) => row.id),
    )
    .orderBy('dataset_id')
    .orderBy('version', 'desc')
    .execute()
  return rows.map((row) => {
    const version = newest.find((candidate) => candidate.dataset_id === row.id)
    return {
      id: row.id,
      object: 'dataset',
      name: row.name,
      latest_version: version ? viewVersion(version) : null,
      created_at: row.created_at.toISOString(),
    }
  })
}

export const datasetRoutes = (on: Register, ports: Ports): void => {
  const { db, blobs } = ports
  on(routes.createDataset, (call) => {
    const { job, ...input } = call.body
    return createStepJob(ports, call, { kind: 'ingest', input, job })
  })
  on(routes.listDatasets, async ({ query, caller }) => {
    const page = await pageOfRows(
      db
        .selectFrom('app.dataset')
        .selectAll()
        .where('project_id', '=', caller.projectId)
        .where('deleted_at', 'is', null),
      query,
    )
    return listOf(await view(db, page.rows), page.has_more)
  })
  on(routes.getDataset, async ({ params, caller }) => {
    const [dataset] = await view(db, [await findDataset(db, params.id, caller.projectId)])
    if (!dataset) throw new Error('A dataset that was found has no view.')
    return dataset
  })
  on(routes.listDatasetVersions, async ({ params, query, caller }) => {
    const dataset = await findDataset(db, params.id, caller.projectId)
    const page = await pageOfRows(
      db.selectFrom('app.dataset_version').selectAll().where('dataset_id', '=', dataset.id),
      query,
    )
    return listOf(page.rows.map(viewVersion), page.has_more)
  })
  on(routes.previewDataset, async ({ params, query, caller }) => {
    const version = await findVersion(db, params.id, caller.projectId)
    const sha256 = query.part === 'train' ? version.sha256 : version.validation_sha256
    const rows: Record<string, never>[] = []
    if (sha256 === null) return { rows }
    const content = await blobs.read(sha256)
    for await (const line of createInterface({ input: content })) {
      if (line !== '') rows.push(JSON.parse(line) as Record<string, never>)
      if (rows.length >= query.limit) break
    }
    content.destroy()
    return { rows }
  })
  on(routes.eraseDataset, async ({ params, caller }) =>
    erase(db, blobs, await erasableDataset(db, params.id, caller.projectId), caller.keyId),
  )
  on(routes.deleteDataset, async ({ params, caller }) => {
    const dataset = await findDataset(db, params.id, caller.projectId)
    await db.updateTable('app.dataset').set({ deleted_at: new Date() }).where('id', '=', dataset.id).execute()
    return { id: dataset.id, object: 'dataset', deleted: true as const }
  })
}
