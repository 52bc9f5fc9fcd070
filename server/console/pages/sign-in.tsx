import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation, useNavigate } from 'react-router'
import { call, type Input } from '../api/client'
import { read, queryClient } from '../api/query'
import { paths } from '../paths'
import { Button } from '../ui/button'
import { Field } from '../ui/field'
import { Page } from '../ui/page'
import { ErrorNote, Loading } from '../ui/states'

/** Signs in by the link that brought its reader here, else by a key. Then goes to where they wanted. */
const SignIn = () => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const location = useLocation()
  const { from = paths.start(), expired = false } = (location.state ?? {}) as { from?: string; expired?: boolean }
  const [key, setKey] = useState('')
  const signIn = useMutation({
    mutationFn: (body: Input<'createSession'>['body']) => call('createSession', { body }),
    onSuccess: (session) => {
      queryClient.clear()
      queryClient.setQueryData(read('getSession', {}).queryKey, session)
      void navigate(from, { replace: true })
    },
  })
  const token = location.hash.slice(1)
  // the link works once, and React's strict mode runs effects twice
  const taken = useRef(false)
  useEffect(() => {
    if (token === '' || taken.current) return
    taken.current = true
    signIn.mutate({ token })
  }, [token, signIn])

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    signIn.mutate({ api_key: key.trim() })
  }
  return (
    <main style={{ maxWidth: 460, margin: '8vh auto 0' }}>
      <Page title={t('signIn.title')}>
        {expired && <p className="note warn">{t('signIn.expired')}</p>}
        {signIn.isError && <ErrorNote error={signIn.error} />}
        {token !== '' && !signIn.isError ? (
          <Loading />
        ) : (
          <form className="stack card" onSubmit={submit}>
            <p>{t('signIn.byLink')}</p>
            <pre>npm run forge -- sign-in</pre>
            <Field label={t('signIn.key')} hint={t('signIn.keyHint')}>
              {(control) => (
                <input
                  {...control}
                  type="password"
                  autoComplete="off"
                  spellCheck={false}
                  required
                  value={key}
                  onChange={({ target }) => setKey(target.value)}
                />
              )}
            </Field>
            <div>
              <Button type="submit" variant="primary" busy={signIn.isPending}>
                {t('signIn.submit')}
              </Button>
            </div>
          </form>
        )}
      </Page>
    </main>
  )
}
export default SignIn
