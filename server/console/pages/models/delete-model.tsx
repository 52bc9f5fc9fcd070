import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'
import type { Model } from '../../../contract/models'
import { call } from '../../api/client'
import { refresh } from '../../api/query'
import { paths } from '../../paths'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { ErrorNote } from '../../ui/states'
import type { Dependents } from './dependents'

/** Asks before a model is deleted, and says what depends on it. */
export const DeleteModelDialog = ({
  model: { id, name },
  dependents: { serving, tuned },
  onClose,
}: {
  model: Model
  dependents: Dependents
  onClose: () => void
}) => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const remove = useMutation({
    mutationFn: () => call('deleteModel', { params: { id } }),
    onSuccess: async () => {
      await navigate(paths.models())
      await refresh('listModels', 'listDeployments')
    },
  })
  return (
    <Dialog title={t('models.deleteTitle', { name })} onClose={onClose}>
      {remove.isError && <ErrorNote error={remove.error} />}
      {serving.length > 0 && (
        <div className="note warn">
          <p>{t('models.deleteServing')}</p>
          <ul>
            {serving.map((deployment) => (
              <li key={deployment.id}>
                <Link to={paths.deployment(deployment.id)}>{deployment.name}</Link>
              </li>
            ))}
          </ul>
        </div>
      )}
      {tuned.length > 0 && (
        <div>
          <p>{t('models.deleteTuned')}</p>
          <ul>
            {tuned.map((model) => (
              <li key={model.id}>
                <Link to={paths.model(model.id)}>{model.name}</Link>
              </li>
            ))}
          </ul>
        </div>
      )}
      {serving.length === 0 && <p>{t('models.deleteMeaning')}</p>}
      <div className="row">
        {serving.length === 0 && (
          <Button variant="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
            {t('models.delete')}
          </Button>
        )}
        <Button onClick={onClose}>{t('actions.cancel')}</Button>
      </div>
    </Dialog>
  )
}
