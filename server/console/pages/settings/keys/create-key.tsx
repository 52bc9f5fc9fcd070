import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Scope } from '../../../../contract/api-keys'
import { call, type Answer } from '../../../api/client'
import { scopes } from '../../../api/enums'
import { refresh } from '../../../api/query'
import { Button } from '../../../ui/button'
import { Field } from '../../../ui/field'
import { Card } from '../../../ui/page'
import { ErrorNote } from '../../../ui/states'
import { toggled } from '../toggled'

const usual: Scope[] = ['read', 'generate']

/** Makes a key for one program, with no more than what it needs. */
export const CreateKey = ({ onMade }: { onMade: (made: Answer<'createApiKey'>) => void }) => {
  const { t } = useTranslation()
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState<readonly Scope[]>(usual)
  const create = useMutation({
    mutationFn: () => call('createApiKey', { body: { name: name.trim(), scopes: [...chosen] } }),
    onSuccess: async (made) => {
      onMade(made)
      setName('')
      setChosen(usual)
      await refresh('listApiKeys')
    },
  })
  return (
    <Card title={t('settings.keys.create')}>
      <form
        className="stack narrow"
        onSubmit={(event) => {
          event.preventDefault()
          create.mutate()
        }}
      >
        <Field label={t('settings.name')} hint={t('settings.keys.nameHint')}>
          {(control) => (
            <input
              {...control}
              required
              maxLength={100}
              size={40}
              value={name}
              onChange={({ target }) => setName(target.value)}
            />
          )}
        </Field>
        <fieldset className="field">
          <legend>{t('settings.keys.scopes')}</legend>
          <div className="ticks">
            {scopes.map((scope) => (
              <label key={scope}>
                <input
                  type="checkbox"
                  checked={chosen.includes(scope)}
                  onChange={() => setChosen(toggled(scopes, chosen, scope))}
                />{' '}
                {t(`settings.scopes.${scope}`)} <span className="muted">{t(`settings.scopeMeaning.${scope}`)}</span>
              </label>
            ))}
          </div>
        </fieldset>
        {create.isError && <ErrorNote error={create.error} />}
        <div>
          <Button
            type="submit"
            variant="primary"
            busy={create.isPending}
            disabled={name.trim() === '' || chosen.length === 0}
          >
            {t('settings.keys.create')}
          </Button>
        </div>
      </form>
    </Card>
  )
}
