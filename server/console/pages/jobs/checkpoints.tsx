import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import type { Job } from '../../../contract/jobs'
import { call, type Input } from '../../api/client'
import { read, refresh } from '../../api/query'
import { paths } from '../../paths'
import { useMay } from '../../session'
import { Button } from '../../ui/button'
import { Card } from '../../ui/page'
import { ErrorNote } from '../../ui/states'
import { Table } from '../../ui/table'
import { useFormats } from '../../ui/use-formats'

type NewJob = Input<'createJob'>['body']
type FineTune = Extract<NewJob, { kind: 'fine-tune' }>

/** The checkpoints of a fine-tune, and the way to train on from one: the same data and settings, from its weights. */
export const Checkpoints = ({ job }: { job: Job }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const navigate = useNavigate()
  const mayWrite = useMay('write')
  const { data } = useQuery({
    ...read('listFineTuningCheckpoints', { params: { id: job.id }, query: { limit: 20 } }),
    enabled: job.kind === 'fine-tune',
    refetchInterval: job.ended_at === null ? 10_000 : false,
  })
  const train = useMutation({
    // what a job shows as its input is what made it
    mutationFn: (checkpoint: string) =>
      call('createJob', {
        body: { kind: 'fine-tune', input: { ...(job.input as FineTune['input']), base_model: checkpoint } },
      }),
    onSuccess: async ({ id }) => {
      await refresh('listJobs')
      void navigate(paths.job(id))
    },
  })
  if (data === undefined || data.data.length === 0) return null
  return (
    <Card title={t('job.checkpoints')}>
      {train.isError && <ErrorNote error={train.error} />}
      <Table
        label={t('job.checkpoints')}
        rows={data.data}
        keyOf={({ id }) => id}
        columns={[
          { title: t('job.step'), cell: ({ step_number }) => format.number(step_number), isNumber: true },
          { title: t('job.at'), cell: ({ created_at }) => format.time(new Date(created_at * 1000).toISOString()) },
          {
            title: t('job.calledAs'),
            cell: ({ fine_tuned_model_checkpoint: name }) => <span className="mono">{name}</span>,
          },
          ...(mayWrite
            ? [
                {
                  title: t('job.goOn'),
                  cell: ({ fine_tuned_model_checkpoint: name }: { fine_tuned_model_checkpoint: string }) => (
                    <Button busy={train.isPending} onClick={() => train.mutate(name)}>
                      {t('job.trainOn')}
                    </Button>
                  ),
                },
              ]
            : []),
        ]}
      />
    </Card>
  )
}
