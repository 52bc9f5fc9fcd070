import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import type { Dataset, DatasetVersion } from '../../../contract/datasets'
import { call } from '../../api/client'
import { read, refresh } from '../../api/query'
import { paths } from '../../paths'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { ErrorNote, Loaded } from '../../ui/states'
import { modelsOf } from './models-made'

/** Deletes a dataset with its versions, after saying what was made of them. */
export const DeleteDataset = ({
  dataset: { id, name },
  versions,
}: {
  dataset: Dataset
  versions: readonly DatasetVersion[]
}) => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [isAsking, setAsking] = useState(false)
  const models = useQuery({ ...read('listModels', {}), enabled: isAsking })
  const remove = useMutation({
    mutationFn: () => call('deleteDataset', { params: { id } }),
    onSuccess: async () => {
      await navigate(paths.datasets())
      await refresh('listDatasets')
    },
  })
  return (
    <>
      <Button variant="danger" onClick={() => setAsking(true)}>
        {t('actions.delete')}
      </Button>
      {isAsking && (
        <Dialog title={t('datasets.deleteTitle', { name })} onClose={() => setAsking(false)}>
          <p>{t('datasets.deleteMeaning', { count: versions.length })}</p>
          <Loaded query={models}>
            {({ data }) => <p>{t('datasets.deleteModels', { count: modelsOf(data, versions).length })}</p>}
          </Loaded>
          {remove.isError && <ErrorNote error={remove.error} />}
          <div className="row">
            <Button variant="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
              {t('actions.delete')}
            </Button>
            <Button onClick={() => setAsking(false)}>{t('actions.cancel')}</Button>
          </div>
        </Dialog>
      )}
    </>
  )
}
