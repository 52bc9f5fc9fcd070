import { useMutation } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { ErrorNote } from '../../ui/states'

/** A button whose act cannot be taken back: it asks first, and says what follows. */
export const Confirm = ({
  label,
  title,
  children,
  act,
}: {
  /** on the button, and on the one that does it */
  label: string
  title: string
  children: ReactNode
  act: () => Promise<unknown>
}) => {
  const { t } = useTranslation()
  const [isAsking, setAsking] = useState(false)
  const acting = useMutation({ mutationFn: act, onSuccess: () => setAsking(false) })
  return (
    <>
      <Button variant="danger" onClick={() => setAsking(true)}>
        {label}
      </Button>
      {isAsking && (
        <Dialog title={title} onClose={() => setAsking(false)}>
          <div>{children}</div>
          {acting.isError && <ErrorNote error={acting.error} />}
          <div className="row">
            <Button variant="danger" busy={acting.isPending} onClick={() => acting.mutate()}>
              {label}
            </Button>
            <Button onClick={() => setAsking(false)}>{t('actions.cancel')}</Button>
          </div>
        </Dialog>
      )}
    </>
  )
}
