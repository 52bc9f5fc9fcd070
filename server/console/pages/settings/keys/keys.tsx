import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call, type Answer } from '../../../api/client'
import { readPages, refresh } from '../../../api/query'
import { useMay, useSession } from '../../../session'
import { Table } from '../../../ui/table'
import { useFormats } from '../../../ui/use-formats'
import { Confirm } from '../confirm'
import { PagesOf } from '../pages-of'
import { ShownOnce } from '../shown-once'
import { CreateKey } from './create-key'

type Key = Answer<'listApiKeys'>['data'][number]

const Revoke = ({ apiKey }: { apiKey: Key }) => {
  const { t } = useTranslation()
  const isOwn = useSession().api_key.id === apiKey.id
  return (
    <Confirm
      label={t('settings.keys.revoke')}
      title={t('settings.keys.revokeTitle', { name: apiKey.name })}
      act={async () => {
        await call('deleteApiKey', { params: { id: apiKey.id } })
        await refresh('listApiKeys', 'getSession')
      }}
    >
      <p>{t('settings.keys.revokeMeaning')}</p>
      {isOwn && <p className="note warn">{t('settings.keys.revokeOwn')}</p>}
    </Confirm>
  )
}

const KeyList = () => {
  const { t } = useTranslation()
  const format = useFormats()
  const own = useSession().api_key.id
  const query = useInfiniteQuery(readPages('listApiKeys', {}))
  return (
    <PagesOf query={query} none={t('settings.keys.none')}>
      {(rows) => (
        <Table
          label={t('settings.parts.keys')}
          rows={rows}
          keyOf={({ id }) => id}
          columns={[
            {
              title: t('settings.name'),
              cell: ({ id, name }) => (
                <>
                  {name} {id === own && <span className="muted">{t('settings.keys.own')}</span>}
                  <div className="mono muted">{id}</div>
                </>
              ),
            },
            {
              title: t('settings.keys.scopes'),
              cell: ({ scopes }) => scopes.map((scope) => t(`settings.scopes.${scope}`)).join(', '),
            },
            { title: t('settings.created'), cell: ({ created_at }) => format.time(created_at) },
            {
              title: t('settings.keys.lastUsed'),
              cell: ({ last_used_at }) => (last_used_at === null ? t('settings.keys.never') : format.ago(last_used_at)),
            },
            { title: t('settings.do'), cell: (apiKey) => <Revoke apiKey={apiKey} /> },
          ]}
        />
      )}
    </PagesOf>
  )
}

/** Who may call Forge, and what for. Only an admin sees and makes keys. */
export const Keys = () => {
  const { t } = useTranslation()
  const isAdmin = useMay('admin')
  const [made, setMade] = useState<Answer<'createApiKey'> | null>(null)
  if (!isAdmin) return <p className="note warn">{t('settings.needsAdmin')}</p>
  return (
    <>
      {made && (
        <ShownOnce
          title={t('settings.keys.made', { name: made.name })}
          secret={made.key}
          onDone={() => setMade(null)}
        />
      )}
      <CreateKey onMade={setMade} />
      <KeyList />
    </>
  )
}
