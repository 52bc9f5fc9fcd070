import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button'
import { Field } from '../../ui/field'

/** Where a question is written. Enter sends it, with Shift it begins a line. */
export const Composer = ({
  draft,
  isBusy,
  canSend,
  onDraft,
  onSend,
  onStop,
}: {
  draft: string
  isBusy: boolean
  canSend: boolean
  onDraft: (text: string) => void
  onSend: () => void
  onStop: () => void
}) => {
  const { t } = useTranslation()
  const send = (): void => {
    if (canSend && !isBusy) onSend()
  }
  return (
    <form
      className="composer card stack"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <Field label={t('playground.message')} hint={t('playground.messageHint')}>
        {(control) => (
          <textarea
            {...control}
            rows={2}
            value={draft}
            onChange={({ target }) => onDraft(target.value)}
            onKeyDown={(event) => {
              // an input method's own Enter chooses a character
              if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
              event.preventDefault()
              send()
            }}
          />
        )}
      </Field>
      <div className="row">
        <Button type="submit" variant="primary" busy={isBusy} disabled={!canSend}>
          {t('playground.send')}
        </Button>
        {isBusy && <Button onClick={onStop}>{t('playground.stop')}</Button>}
      </div>
    </form>
  )
}
