import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import type { Model } from '../../../contract/models'
import { read } from '../../api/query'
import { paths } from '../../paths'
import { useMay } from '../../session'
import { Button } from '../../ui/button'
import { Page } from '../../ui/page'
import { Empty, Loaded } from '../../ui/states'
import { callOf, firstSettings, isValid } from './call'
import { CallCard } from './call-card'
import { Composer } from './composer'
import { ModelChoice } from './model-choice'
import { callableModels, chosenModels } from './models'
import { SettingsForm } from './settings-form'
import { Turns } from './turns'
import { useConversation, type Conversation } from './use-conversation'

const Talk = ({ chosen, models, turns, isBusy, send, stop }: Conversation & { chosen: string[]; models: Model[] }) => {
  const { t } = useTranslation()
  const mayGenerate = useMay('generate')
  const [settings, setSettings] = useState(firstSettings)
  const [draft, setDraft] = useState('')
  const byId = new Map(models.map((model) => [model.id, model]))
  const nameOf = (id: string): string => byId.get(id)?.name ?? id
  const slowNames = chosen.filter((id) => byId.get(id)?.forge.slow === true).map(nameOf)
  const last = turns.at(-1)
  const [prompt, before] = draft.trim() === '' ? [last?.prompt ?? '', turns.slice(0, -1)] : [draft, turns]
  return (
    <>
      {slowNames.length > 0 && <p className="note">{t('playground.slow', { names: slowNames.join(', ') })}</p>}
      <SettingsForm settings={settings} slowNames={slowNames} onChange={setSettings} />
      <Turns turns={turns} nameOf={nameOf} />
      {turns.length > 0 && (
        <p className="muted">
          {t('playground.metering')} <Link to={paths.energy()}>{t('energy.title')}</Link>
        </p>
      )}
      {mayGenerate ? (
        <Composer
          draft={draft}
          isBusy={isBusy}
          canSend={draft.trim() !== '' && chosen.length > 0 && isValid(settings)}
          onDraft={setDraft}
          onSend={() => {
            send(chosen, draft, settings)
            setDraft('')
          }}
          onStop={stop}
        />
      ) : (
        <p className="note warn">{t('playground.mayNot')}</p>
      )}
      {prompt !== '' && isValid(settings) && (
        <CallCard calls={chosen.map((id) => ({ name: nameOf(id), call: callOf(id, before, prompt, settings) }))} />
      )}
    </>
  )
}

/** A conversation with one model, or with two side by side; the models stand in the address. */
const Playground = () => {
  const { t } = useTranslation()
  const [search, setSearch] = useSearchParams()
  const query = useQuery(read('listModels', {}))
  const conversation = useConversation()
  const models = query.data?.data ?? []
  const callable = callableModels(models)
  const chosen = chosenModels(search, callable)
  const [first = '', second = ''] = chosen
  const choose = (ids: readonly string[]): void =>
    setSearch(ids.filter((id) => id !== '').map((id): [string, string] => ['model', id]))
  return (
    <Page
      title={t('playground.title')}
      actions={
        <>
          <ModelChoice
            label={t('playground.model')}
            value={first}
            models={callable.filter(({ id }) => id !== second)}
            onChange={(id) => choose([id, second])}
          />
          <ModelChoice
            label={t('playground.second')}
            value={second}
            models={callable.filter(({ id }) => id !== first)}
            none={t('playground.none')}
            onChange={(id) => choose([first, id])}
          />
          {conversation.turns.length > 0 && <Button onClick={conversation.clear}>{t('playground.clear')}</Button>}
        </>
      }
    >
      <Loaded query={query}>
        {() =>
          chosen.length === 0 ? (
            <Empty title={t('playground.noModel')}>
              <p>{t('playground.noModelHint')}</p>
              <Link to={paths.models()}>{t('models.title')}</Link>
            </Empty>
          ) : (
            <Talk {...conversation} chosen={chosen} models={models} />
          )
        }
      </Loaded>
    </Page>
  )
}
export default Playground
