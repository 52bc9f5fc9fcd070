import type { z } from 'zod'
import type { EnergySample } from '../contract/energy-sample'
import type { PriceTable } from '../contract/prices'
import type { replicaHeartbeat } from '../contract/workers'
import { recordSamples } from '../ledger/record-samples'
import type { Db } from '../storage/database'

/** Samples by the hour they began in: a replica that lives for weeks has one ledger entry an hour. */
const byHour = (samples: readonly EnergySample[]): Map<string, EnergySample[]> =>
  Map.groupBy(samples, (sample) => sample.started_at.slice(0, 13))

/** Charges what replicas and an idle worker used: replicas to their deployment, idle to the worker's own row. */
export const recordReplicaSamples = async (
  db: Db,
  projectId: string,
  workerId: string,
  report: z.infer<typeof replicaHeartbeat>,
  prices: PriceTable,
): Promise<void> => {
  for (const [hour, samples] of byHour(report.idle_samples)) {
    await recordSamples(db, { owner: `${workerId}/${hour}`, projectId, kind: 'idle' }, samples, prices)
  }
  for (const { replica_id: replicaId, samples } of report.observed) {
    if (samples.length === 0) continue
    const replica = await db
      .selectFrom('app.replica')
      .innerJoin('app.deployment', 'app.deployment.id', 'app.replica.deployment_id')
      .innerJoin('app.deployment_generation', (join) =>
        join
          .onRef('app.deployment_generation.deployment_id', '=', 'app.replica.deployment_id')
          .onRef('app.deployment_generation.generation', '=', 'app.replica.generation'),
      )
      .select(['app.deployment.id', 'app.deployment.project_id', 'app.deployment_generation.model'])
      .where('app.replica.id', '=', replicaId)
      .executeTakeFirst()
    if (!replica) continue
    for (const [hour, hourly] of byHour(samples)) {
      await recordSamples(
        db,
        {
          owner: `${replicaId}/${hour}`,
          projectId: replica.project_id,
          kind: 'serve',
          deploymentId: replica.id,
          model: replica.model,
        },
        hourly,
        prices,
      )
    }
  }
}
