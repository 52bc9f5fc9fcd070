import { sql } from 'kysely'
import { routes } from '../../contract/routes'
import type { Ports } from '../ports'
import type { Register } from '../register'
import { renderMetrics } from '../metrics'

export const healthRoutes = (on: Register, { db }: Ports): void => {
  on(routes.healthz, () => Promise.resolve({ status: 'ok' }))
  on(routes.readyz, async () => {
    await sql`select 1 from app.migration limit 1`.execute(db)
    return { status: 'ready' }
  })
  on(routes.metrics, async ({ reply }) => reply.type('text/plain; version=0.0.4').send(await renderMetrics(db)))
}
