import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../../ui/button'
import { ErrorNote } from '../../../ui/states'
import { useFormats } from '../../../ui/use-formats'
import { NameField } from './name-field'
import { datasetNameOf, isDatasetName } from './names'
import { useIngest } from './use-ingest'

const accepted = '.csv,.tsv,.jsonl,.ndjson,.json,.parquet'

/** A place to drop a file on, which is a button to choose one as well. */
const Drop = ({ onFile }: { onFile: (file: File) => void }) => {
  const { t } = useTranslation()
  const [isOver, setOver] = useState(false)
  const take = (files: FileList | null): void => {
    const file = files?.[0]
    if (file !== undefined) onFile(file)
  }
  return (
    <label
      className="drop"
      data-over={isOver}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        take(event.dataTransfer.files)
      }}
    >
      <strong>{t('newRun.data.drop')}</strong>
      <span className="muted">{t('newRun.data.kinds')}</span>
      <span className="button">{t('newRun.data.choose')}</span>
      <input
        className="visually-hidden"
        type="file"
        accept={accepted}
        onChange={({ target }) => {
          take(target.files)
          // the same file, changed meanwhile, can be chosen once more
          target.value = ''
        }}
      />
    </label>
  )
}

/** A file of the person's own: chosen, named, uploaded, and read. */
export const FileDrop = ({ onStarted }: { onStarted: (jobId: string) => void }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const [file, setFile] = useState<File | null>(null)
  const [name, setName] = useState('')
  const ingest = useIngest(onStarted)
  return (
    <>
      <Drop
        onFile={(chosen) => {
          ingest.reset()
          setFile(chosen)
          setName(datasetNameOf(chosen.name))
        }}
      />
      {file !== null && (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault()
            ingest.mutate({ name, from: { file } })
          }}
        >
          <p role="status">
            {t(ingest.isPending ? 'newRun.data.uploading' : 'newRun.data.chosen', {
              name: file.name,
              size: format.bytes(file.size),
            })}
          </p>
          <NameField value={name} onChange={setName} />
          {ingest.isError && <ErrorNote error={ingest.error} />}
          <div>
            <Button type="submit" variant="primary" busy={ingest.isPending} disabled={!isDatasetName(name)}>
              {t('newRun.data.upload')}
            </Button>
          </div>
        </form>
      )}
    </>
  )
}
