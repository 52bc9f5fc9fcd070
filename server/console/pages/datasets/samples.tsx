import { useTranslation } from 'react-i18next'

/** The part of a training row that is shown; rows of the preview come as plain JSON. */
export interface ShownRow {
  messages: readonly { role: string; content: string | null }[]
}

const roles = ['system', 'user', 'assistant', 'tool'] as const

/** Rows as the model sees them: what is asked, and what it shall learn to answer. */
export const Samples = ({ label, rows }: { label: string; rows: readonly ShownRow[] }) => {
  const { t } = useTranslation()
  return (
    <ol className="sample-rows" aria-label={label}>
      {rows.map(({ messages }, row) => (
        <li key={row}>
          <dl>
            {messages.map(({ role, content }, index) => {
              const known = roles.find((name) => name === role)
              return (
                <div key={index} data-role={role}>
                  <dt>{known === undefined ? role : t(`datasets.roles.${known}`)}</dt>
                  <dd>{content ?? '–'}</dd>
                </div>
              )
            })}
          </dl>
        </li>
      ))}
    </ol>
  )
}
