import { useTranslation } from 'react-i18next'
import { Navigate, NavLink, useParams } from 'react-router'
import { paths } from '../../paths'
import { Page } from '../../ui/page'
import { Connections } from './connections/connections'
import { Keys } from './keys/keys'
import { Project } from './project/project'
import { Webhooks } from './webhooks/webhooks'
import { Workers } from './workers/workers'

const parts = { keys: Keys, webhooks: Webhooks, connections: Connections, workers: Workers, project: Project }
const names = Object.keys(parts) as (keyof typeof parts)[]

/** What is set once: who may do what, who is told, what Forge may reach, and what it runs on. Each part has its address. */
const Settings = () => {
  const { t } = useTranslation()
  const params = useParams()
  const part = names.find((name) => name === params['part'])
  if (part === undefined) return <Navigate to={paths.settings()} replace />
  const Part = parts[part]
  return (
    <Page title={t('settings.title')}>
      <nav className="tabs" aria-label={t('settings.title')}>
        {names.map((name) => (
          <NavLink key={name} to={paths.settings(name)}>
            {t(`settings.parts.${name}`)}
          </NavLink>
        ))}
      </nav>
      <Part />
    </Page>
  )
}
export default Settings
