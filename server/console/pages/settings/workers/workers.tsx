import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Answer } from '../../../api/client'
import { read } from '../../../api/query'
import { paths } from '../../../paths'
import { Badge, type Tone } from '../../../ui/badge'
import { Card } from '../../../ui/page'
import { Empty, Loaded } from '../../../ui/states'
import { Table } from '../../../ui/table'
import { useFormats } from '../../../ui/use-formats'
import { Queues } from './queues'

type Worker = Answer<'listWorkers'>['data'][number]
const tones: Record<Worker['state'], Tone> = { active: 'good', draining: 'warn', gone: 'idle' }

const Has = ({ resources: { cpus, memory_bytes, gpus, gpu_memory_bytes, labels } }: Worker) => {
  const { t } = useTranslation()
  const format = useFormats()
  const shown = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
  return (
    <>
      {t('start.resources', { cpus, gpus, memory: format.bytes(memory_bytes) })}
      {gpus > 0 && <div>{t('settings.workers.gpuMemory', { memory: format.bytes(gpu_memory_bytes) })}</div>}
      {shown.length > 0 && <div className="mono muted">{shown.join(' ')}</div>}
    </>
  )
}

/** What Forge runs on, and the queues that wait for it. */
export const Workers = () => {
  const { t } = useTranslation()
  const format = useFormats()
  const query = useQuery({ ...read('listWorkers', { query: { limit: 100 } }), refetchInterval: 5000 })
  return (
    <>
      <Card title={t('settings.parts.workers')}>
        <Loaded query={query}>
          {({ data }) =>
            data.length === 0 ? (
              <Empty title={t('settings.workers.none')}>{t('settings.workers.noneHint')}</Empty>
            ) : (
              <Table
                label={t('settings.parts.workers')}
                rows={data}
                keyOf={({ id }) => id}
                columns={[
                  {
                    title: t('settings.name'),
                    cell: ({ name, id }) => (
                      <>
                        {name}
                        <div className="mono muted">{id}</div>
                      </>
                    ),
                  },
                  {
                    title: t('settings.state'),
                    cell: ({ state }) => <Badge tone={tones[state]}>{t(`settings.workers.states.${state}`)}</Badge>,
                  },
                  { title: t('start.has'), cell: (worker) => <Has {...worker} /> },
                  {
                    title: t('settings.workers.classes'),
                    cell: ({ classes }) => classes.map((one) => t(`settings.workers.class.${one}`)).join(', '),
                  },
                  {
                    title: t('settings.workers.runs'),
                    cell: ({ running_jobs }) =>
                      running_jobs.length === 0
                        ? t('settings.workers.nothing')
                        : running_jobs.map((id) => (
                            <div key={id}>
                              <Link className="mono" to={paths.job(id)}>
                                {id}
                              </Link>
                            </div>
                          )),
                  },
                  { title: t('settings.workers.seen'), cell: ({ last_seen_at }) => format.ago(last_seen_at) },
                ]}
              />
            )
          }
        </Loaded>
      </Card>
      <Queues />
    </>
  )
}
