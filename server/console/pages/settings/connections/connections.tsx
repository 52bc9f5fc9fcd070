import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Connection } from '../../../../contract/connections'
import { call } from '../../../api/client'
import { readPages, refresh } from '../../../api/query'
import { useMay } from '../../../session'
import { Badge } from '../../../ui/badge'
import { Button } from '../../../ui/button'
import { ErrorNote } from '../../../ui/states'
import { Table } from '../../../ui/table'
import { useFormats } from '../../../ui/use-formats'
import { Confirm } from '../confirm'
import { PagesOf } from '../pages-of'
import { CreateConnection } from './create-connection'

const ConnectionActions = ({ connection: { id, name } }: { connection: Connection }) => {
  const { t } = useTranslation()
  const test = useMutation({ mutationFn: () => call('testConnection', { params: { id } }) })
  return (
    <div className="ticks">
      <div className="row">
        <Button busy={test.isPending} onClick={() => test.mutate()}>
          {t('settings.test')}
        </Button>
        <Confirm
          label={t('actions.delete')}
          title={t('settings.connections.deleteTitle', { name })}
          act={async () => {
            await call('deleteConnection', { params: { id } })
            await refresh('listConnections')
          }}
        >
          <p>{t('settings.connections.deleteMeaning')}</p>
        </Confirm>
      </div>
      {test.isError && <ErrorNote error={test.error} />}
      {test.data && (
        <div role="status">
          <Badge tone={test.data.ok ? 'good' : 'bad'}>
            {t(test.data.ok ? 'settings.connections.works' : 'settings.connections.fails')}
          </Badge>
          <div className="muted">{test.data.detail}</div>
        </div>
      )}
    </div>
  )
}

/** The settings of a connection that say something, on lines. A certificate is said to be there. */
const settingsOf = ({ settings }: Connection): string[] =>
  Object.entries(settings as Record<string, unknown>)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${name === 'ca_pem' ? '…' : String(value)}`)

/** What Forge may reach with which credentials. Secrets go in and never come out. */
export const Connections = () => {
  const { t } = useTranslation()
  const format = useFormats()
  const mayWrite = useMay('write')
  const query = useInfiniteQuery(readPages('listConnections', {}))
  return (
    <>
      {mayWrite ? <CreateConnection /> : <p className="note warn">{t('settings.needsWrite')}</p>}
      <PagesOf query={query} none={t('settings.connections.none')}>
        {(rows) => (
          <Table
            label={t('settings.parts.connections')}
            rows={rows}
            keyOf={({ id }) => id}
            columns={[
              {
                title: t('settings.name'),
                cell: ({ name, id }) => (
                  <>
                    {name}
                    <div className="mono muted">{id}</div>
                  </>
                ),
              },
              { title: t('settings.connections.type'), cell: ({ type }) => t(`settings.connections.types.${type}`) },
              {
                title: t('settings.connections.settings'),
                cell: (connection) =>
                  settingsOf(connection).map((line) => (
                    <div key={line} className="mono">
                      {line}
                    </div>
                  )),
              },
              { title: t('settings.connections.changed'), cell: ({ updated_at }) => format.time(updated_at) },
              ...(mayWrite
                ? [{ title: t('settings.do'), cell: (one: Connection) => <ConnectionActions connection={one} /> }]
                : []),
            ]}
          />
        )}
      </PagesOf>
    </>
  )
}
