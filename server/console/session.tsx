import { useQuery } from '@tanstack/react-query'
import { createContext, use, useEffect, type ReactNode } from 'react'
import { Navigate, useLocation } from 'react-router'
import type { Scope } from '../contract/api-keys'
import type { Session } from '../contract/sessions'
import { ApiError } from './api/client'
import { read } from './api/query'
import { paths } from './paths'
import { ErrorNote, Loading } from './ui/states'

const SessionContext = createContext<Session | null>(null)

/** Who is signed in. Only below `SignedIn`. */
export const useSession = (): Session => {
  const session = use(SessionContext)
  if (session === null) throw new Error('useSession is for views of who is signed in.')
  return session
}

/** Whether who is signed in may do what needs this scope. */
export const useMay = (scope: Scope): boolean => {
  const { scopes } = useSession().api_key
  return scopes.includes(scope) || scopes.includes('admin')
}

const storedUnder = 'forge.signed-in'
/** Whether this browser was signed in and has not signed out: the cookie itself is out of reach of scripts. */
export const wasSignedIn = {
  get: (): boolean => localStorage.getItem(storedUnder) !== null,
  set: (): void => localStorage.setItem(storedUnder, 'yes'),
  clear: (): void => localStorage.removeItem(storedUnder),
}

/** Shows its content to who is signed in, and the way to sign in to everyone else. Asks again every minute. */
export const SignedIn = ({ children }: { children: ReactNode }) => {
  const query = useQuery({ ...read('getSession', {}), refetchInterval: 60_000 })
  const { pathname, search } = useLocation()
  const isOut = query.error instanceof ApiError && query.error.code === 'not_authenticated'
  useEffect(() => {
    if (query.data !== undefined && !isOut) wasSignedIn.set()
  }, [query.data, isOut])
  if (isOut)
    return <Navigate to={paths.signIn()} replace state={{ from: pathname + search, expired: wasSignedIn.get() }} />
  if (query.data !== undefined) return <SessionContext value={query.data}>{children}</SessionContext>
  return query.isError ? <ErrorNote error={query.error} /> : <Loading />
}
