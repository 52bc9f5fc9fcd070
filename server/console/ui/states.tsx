import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError } from '../api/client'

export const Loading = () => {
  const { t } = useTranslation()
  return (
    <p className="muted" role="status">
      {t('states.loading')}
    </p>
  )
}

/** Nothing is there yet: what it is, and the way to the first one. */
export const Empty = ({ title, children }: { title: string; children?: ReactNode }) => (
  <div className="empty">
    <strong>{title}</strong>
    {children}
  </div>
)

/** An error as the API says it: message, remedy, and the id under which the log has it. */
export const ErrorNote = ({ error }: { error: unknown }) => {
  const { t } = useTranslation()
  const known = error instanceof ApiError
  return (
    <div className="note bad" role="alert">
      <p>
        <strong>{known && error.code === 'offline' ? t('states.offline') : (error as Error).message}</strong>
      </p>
      {known && error.code !== 'offline' && <p>{error.hint}</p>}
      {known && error.requestId !== null && (
        <p className="muted mono">{t('states.requestId', { id: error.requestId })}</p>
      )}
    </div>
  )
}

/** Shows what a query has; while it has nothing, that it loads, or why it cannot. What was read stays when a later read fails. */
export function Loaded<T>({ query, children }: { query: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  if (query.data !== undefined)
    return (
      <>
        {query.isError && <ErrorNote error={query.error} />}
        {children(query.data)}
      </>
    )
  return query.isError ? <ErrorNote error={query.error} /> : <Loading />
}
