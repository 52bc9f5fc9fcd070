import { useMutation, useQuery } from '@tanstack/react-query'
import { Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, NavLink, Outlet } from 'react-router'
import { call } from './api/client'
import { useProjectEvents } from './api/live'
import { queryClient, read } from './api/query'
import icon from './icon.svg'
import { languages, setLanguage, type Language } from './i18n'
import { paths } from './paths'
import { SignedIn, useSession, wasSignedIn } from './session'
import { applyTheme, storedTheme, themes, type Theme } from './theme'
import { Button } from './ui/button'
import { Loading } from './ui/states'

const LanguageChoice = () => {
  const { t, i18n } = useTranslation()
  return (
    <select
      aria-label={t('shell.language')}
      value={i18n.language}
      onChange={({ target }) => void setLanguage(target.value as Language)}
    >
      {Object.entries(languages).map(([tag, name]) => (
        <option key={tag} value={tag}>
          {name}
        </option>
      ))}
    </select>
  )
}

const ThemeChoice = () => {
  const { t } = useTranslation()
  const [theme, setTheme] = useState(storedTheme())
  return (
    <select
      aria-label={t('shell.theme')}
      value={theme}
      onChange={({ target }) => {
        applyTheme(target.value as Theme)
        setTheme(target.value as Theme)
      }}
    >
      {themes.map((name) => (
        <option key={name} value={name}>
          {t(`shell.themes.${name}`)}
        </option>
      ))}
    </select>
  )
}

const SignOut = () => {
  const { t } = useTranslation()
  const signOut = useMutation({
    mutationFn: () => call('deleteSession', {}),
    onSuccess: () => {
      queryClient.clear()
      wasSignedIn.clear()
      // a full load: nothing of this person stays in memory
      location.assign(paths.signIn())
    },
  })
  return (
    <Button variant="plain" busy={signOut.isPending} onClick={() => signOut.mutate()}>
      {t('shell.signOut')}
    </Button>
  )
}

/** How many questions wait for a person. */
const PendingApprovals = () => {
  const { t } = useTranslation()
  const { data } = useQuery({
    ...read('listApprovals', { query: { status: 'pending', limit: 100 } }),
    refetchInterval: 30_000,
  })
  const count = data?.data.length ?? 0
  return count === 0 ? null : <span aria-label={t('shell.pending', { count })}>{count}</span>
}

const Navigation = () => {
  const { t } = useTranslation()
  return (
    <nav className="side" aria-label={t('shell.navigation')}>
      <NavLink to={paths.start()} end>
        {t('start.title')}
      </NavLink>
      <NavLink to={paths.newRun()}>{t('newRun.title')}</NavLink>
      <NavLink to={paths.jobs()}>{t('jobs.title')}</NavLink>
      <NavLink to={paths.datasets()}>{t('datasets.title')}</NavLink>
      <NavLink to={paths.models()}>{t('models.title')}</NavLink>
      <NavLink to={paths.deployments()}>{t('deployments.title')}</NavLink>
      <NavLink to={paths.playground()}>{t('playground.title')}</NavLink>
      <NavLink to={paths.approvals()}>
        {t('approvals.title')}
        <PendingApprovals />
      </NavLink>
      <NavLink to={paths.energy()}>{t('energy.title')}</NavLink>
      <NavLink to={paths.settings()}>{t('settings.title')}</NavLink>
    </nav>
  )
}

const Frame = () => {
  const { t } = useTranslation()
  const connection = useProjectEvents()
  const { project, api_key } = useSession()
  return (
    <div className="frame">
      <header className="top">
        <Link to={paths.start()} className="brand">
          <img src={icon} alt="" />
          Forge
        </Link>
        <span className="muted">{project.name}</span>
        <span className="spacer" />
        <LanguageChoice />
        <ThemeChoice />
        <span className="muted">{api_key.name}</span>
        <SignOut />
      </header>
      {connection === 'lost' && (
        <div className="banner" role="status">
          {t('shell.offline')}
        </div>
      )}
      <Navigation />
      <main>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
    </div>
  )
}

/** What every view of who is signed in has around it. */
export const Shell = () => (
  <SignedIn>
    <Frame />
  </SignedIn>
)
