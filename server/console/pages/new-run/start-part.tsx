import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { call } from '../../api/client'
import { refresh } from '../../api/query'
import { paths } from '../../paths'
import { Button } from '../../ui/button'
import { ErrorNote } from '../../ui/states'
import type { Run } from './flow/run'
import { Part } from './part'
import { fineTuneOf, isReady, stepsOf } from './plan/draft'

/**
 * Starts it all as one recipe, which reads the file once more with the same options. A recipe can only begin with files:
 * of other data the training alone is started.
 */
const start = async ({ dataset, versionId, source, options, draft }: Run): Promise<string> => {
  if (source.type !== 'files') {
    const input = fineTuneOf(draft, dataset, versionId)
    return (await call('createJob', { body: { kind: 'fine-tune', input } })).id
  }
  const recipe = { name: dataset, ingest: { file_ids: source.file_ids, options }, ...stepsOf(draft, dataset) }
  return (await call('applyRecipe', { body: { recipe } })).id
}

/** The last part: what will happen, and the button. */
export const StartPart = ({ run }: { run: Run }) => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const begin = useMutation({
    mutationFn: () => start(run),
    onSuccess: async (jobId) => {
      await refresh('listJobs', 'listRecipes')
      await navigate(paths.job(jobId))
    },
  })
  const isWhole = run.source.type === 'files'
  return (
    <Part number={6} title={t('newRun.start.title')} waitsFor="">
      {isWhole ? (
        <p className="muted">{t(run.draft.deploys ? 'newRun.start.whole' : 'newRun.start.judged')}</p>
      ) : (
        <p className="note warn">{t('newRun.start.trainingOnly')}</p>
      )}
      {begin.isError && <ErrorNote error={begin.error} />}
      <div>
        <Button
          variant="primary"
          busy={begin.isPending}
          disabled={!isReady(run.draft, run.dataset)}
          onClick={() => begin.mutate()}
        >
          {t(isWhole ? 'newRun.start.start' : 'newRun.start.train')}
        </Button>
      </div>
    </Part>
  )
}
