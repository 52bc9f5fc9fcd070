import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Deployment } from '../../../contract/deployments'
import { call } from '../../api/client'
import { refresh } from '../../api/query'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { ErrorNote } from '../../ui/states'

/** Asks before a deployment is taken out of service. */
export const StopDialog = ({ deployment: { id, name }, onClose }: { deployment: Deployment; onClose: () => void }) => {
  const { t } = useTranslation()
  const stop = useMutation({
    mutationFn: () => call('stopDeployment', { params: { id } }),
    onSuccess: async () => {
      onClose()
      await refresh('getDeployment', 'listDeployments', 'listModels')
    },
  })
  return (
    <Dialog title={t('deployments.stopTitle', { name })} onClose={onClose}>
      {stop.isError && <ErrorNote error={stop.error} />}
      <p>{t('deployments.stopMeaning')}</p>
      <div className="row">
        <Button variant="danger" busy={stop.isPending} onClick={() => stop.mutate()}>
          {t('deployments.stop')}
        </Button>
        <Button onClick={onClose}>{t('actions.cancel')}</Button>
      </div>
    </Dialog>
  )
}
