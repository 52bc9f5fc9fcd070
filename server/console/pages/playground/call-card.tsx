import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '../../ui/copy-button'
import { Card } from '../../ui/page'
import type { ChatCall } from './call'
import { asCurl, asN8nNode, asPython } from './copy-as'

const forms = ['curl', 'python', 'n8n'] as const
type Form = (typeof forms)[number]

const textOf: Record<Form, (call: ChatCall) => string> = {
  curl: (call) => asCurl(location.origin, call),
  python: (call) => asPython(location.origin, call),
  n8n: asN8nNode,
}

/** The same call for use elsewhere: what is written now, else what was asked last. */
export const CallCard = ({ calls }: { calls: readonly { name: string; call: ChatCall }[] }) => {
  const { t } = useTranslation()
  const [form, setForm] = useState<Form>('curl')
  const [name, setName] = useState('')
  const chosen = calls.find((one) => one.name === name) ?? calls[0]
  if (chosen === undefined) return null
  const text = textOf[form](chosen.call)
  return (
    <Card title={t('playground.elsewhere')}>
      <div className="stack">
        <div className="row">
          <select
            aria-label={t('playground.form')}
            value={form}
            onChange={({ target }) => setForm(forms.find((one) => one === target.value) ?? 'curl')}
          >
            {forms.map((one) => (
              <option key={one} value={one}>
                {t(`playground.forms.${one}`)}
              </option>
            ))}
          </select>
          {calls.length > 1 && (
            <select
              aria-label={t('playground.callOf')}
              value={chosen.name}
              onChange={({ target }) => setName(target.value)}
            >
              {calls.map((one) => (
                <option key={one.name}>{one.name}</option>
              ))}
            </select>
          )}
          <CopyButton text={text} label={t('actions.copy')} />
        </div>
        <p className="muted">{t(`playground.formHint.${form}`)}</p>
        <pre className="call" tabIndex={0} aria-label={t(`playground.forms.${form}`)}>
          {text}
        </pre>
      </div>
    </Card>
  )
}
