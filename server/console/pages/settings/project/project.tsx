import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Project as ProjectData } from '../../../../contract/projects'
import { call } from '../../../api/client'
import { read, refresh } from '../../../api/query'
import { useMay } from '../../../session'
import { Card, Facts } from '../../../ui/page'
import { ErrorNote, Loaded } from '../../../ui/states'
import { useFormats } from '../../../ui/use-formats'
import { Budget } from './budget'
import { Projects } from './projects'

const Release = ({ project: { require_deployment } }: { project: ProjectData }) => {
  const { t } = useTranslation()
  const isAdmin = useMay('admin')
  const save = useMutation({
    mutationFn: (required: boolean) => call('updateProject', { body: { require_deployment: required } }),
    // whether a model may be called by its own name changes with it
    onSuccess: () => refresh('getProject', 'listModels'),
  })
  return (
    <Card title={t('settings.project.release')}>
      <label>
        <input
          type="checkbox"
          checked={require_deployment}
          disabled={!isAdmin || save.isPending}
          onChange={({ target }) => save.mutate(target.checked)}
        />{' '}
        {t('settings.project.requireDeployment')}
      </label>
      <p className="muted">{t('settings.project.requireMeaning')}</p>
      {!isAdmin && <p className="muted">{t('settings.needsAdmin')}</p>}
      {save.isError && <ErrorNote error={save.error} />}
    </Card>
  )
}

/** Where prices come from: they are the server's own setting, the same for all projects. */
const Prices = ({ currency }: { currency: string }) => {
  const { t } = useTranslation()
  return (
    <Card title={t('settings.project.prices')}>
      <div className="stack">
        <Facts of={[[t('settings.project.currency'), currency]]} />
        <p>
          {t('settings.project.pricesMeaning')} <code>FORGE_PRICES</code>
        </p>
        <pre>{`FORGE_PRICES='{"currency":"${currency}","price_per_kwh":0.3,"grid_grams_per_kwh":350}'`}</pre>
      </div>
    </Card>
  )
}

/** The project of whoever is signed in, and what it demands of its models. */
export const Project = () => {
  const { t } = useTranslation()
  const format = useFormats()
  const query = useQuery(read('getProject', {}))
  return (
    <Loaded query={query}>
      {(project) => (
        <div className="columns">
          <Card title={t('settings.parts.project')}>
            <Facts
              of={[
                [t('settings.name'), project.name],
                [
                  t('settings.project.id'),
                  <span key="id" className="mono">
                    {project.id}
                  </span>,
                ],
                [t('settings.created'), format.time(project.created_at)],
              ]}
            />
          </Card>
          <Budget project={project} />
          <Release project={project} />
          <Prices currency={project.currency} />
          <Projects />
        </div>
      )}
    </Loaded>
  )
}
