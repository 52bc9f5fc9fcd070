import type { Selectable } from 'kysely'
import { ForgeError } from '../../contract/errors'
import { evaluationItem, type Evaluation } from '../../contract/evaluations'
import { routes } from '../../contract/routes'
import type { Tables } from '../../storage/tables'
import { createStepJob } from '../create-step-job'
import { listOf, pageOfRows } from '../page'
import type { Ports } from '../ports'
import type { Register } from '../register'

type Row = Selectable<Tables['app.evaluation']>
const view = (row: Row): Evaluation => ({
  id: row.id,
  object: 'evaluation',
  model: row.model,
  artifact_hash: row.artifact_hash,
  dataset_version_id: row.dataset_version_id,
  result: row.result,
  job_id: row.job_id,
  created_at: row.created_at.toISOString(),
})

export const evaluationRoutes = (on: Register, ports: Ports): void => {
  const { db, blobs } = ports
  const find = async (id: string, projectId: string): Promise<Row> => {
    const row = await db
      .selectFrom('app.evaluation')
      .selectAll()
      .where('id', '=', id)
      .where('project_id', '=', projectId)
      .executeTakeFirst()
    if (!row) throw new ForgeError('evaluation_not_found', { id })
    return row
  }
  on(routes.createEvaluation, (call) => {
    const { job, ...input } = call.body
    return createStepJob(ports, call, { kind: 'evaluate', input, job })
  })
  on(routes.listEvaluations, async ({ query, caller }) => {
    const page = await pageOfRows(
      db.selectFrom('app.evaluation').selectAll().where('project_id', '=', caller.projectId),
      query,
    )
    return listOf(page.rows.map(view), page.has_more)
  })
  on(routes.getEvaluation, async ({ params, caller }) => view(await find(params.id, caller.projectId)))
  on(routes.getEvaluationItems, async ({ params, caller }) => {
    const text = await blobs.text((await find(params.id, caller.projectId)).items_sha256)
    return {
      items: text
        .split('\n')
        .filter(Boolean)
        .map((line) => evaluationItem.parse(JSON.parse(line))),
    }
  })
}
