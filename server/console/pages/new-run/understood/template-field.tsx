import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../../ui/button'
import { Field } from '../../../ui/field'
import { insertAt, placeholderOf } from './columns'

/** A template over the columns. A column is put in where the cursor stands, by its button. */
export const TemplateField = ({
  label,
  hint,
  columns,
  value,
  onChange,
}: {
  label: string
  hint?: string
  columns: readonly string[]
  value: string
  onChange: (template: string) => void
}) => {
  const { t } = useTranslation()
  const area = useRef<HTMLTextAreaElement>(null)
  const insert = (column: string): void => {
    const { selectionStart: from, selectionEnd: to } = area.current ?? { selectionStart: 0, selectionEnd: 0 }
    const { text, cursor } = insertAt(value, placeholderOf(column), from, to)
    onChange(text)
    // after the text is there: typing goes on behind what was put in
    requestAnimationFrame(() => {
      area.current?.focus()
      area.current?.setSelectionRange(cursor, cursor)
    })
  }
  return (
    <div className="stack-tight">
      <Field label={label} hint={hint}>
        {(control) => (
          <textarea
            {...control}
            ref={area}
            rows={3}
            className="mono"
            value={value}
            onChange={({ target }) => onChange(target.value)}
          />
        )}
      </Field>
      <div className="row columns-to-insert" role="group" aria-label={t('newRun.understood.insertInto', { label })}>
        {columns.map((column) => (
          <Button key={column} onClick={() => insert(column)}>
            {column}
          </Button>
        ))}
      </div>
    </div>
  )
}
