import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button'
import { CopyButton } from '../../ui/copy-button'

/** A secret that Forge shows this one time. */
export const ShownOnce = ({ title, secret, onDone }: { title: string; secret: string; onDone: () => void }) => {
  const { t } = useTranslation()
  return (
    <div className="note warn stack" role="status">
      <strong>{title}</strong>
      <p>{t('settings.shownOnce')}</p>
      <pre aria-label={title} tabIndex={0}>
        {secret}
      </pre>
      <div className="row">
        <CopyButton text={secret} label={t('actions.copy')} />
        <Button onClick={onDone}>{t('settings.kept')}</Button>
      </div>
    </div>
  )
}
