import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button'

/** Keeps a table as a file, made here in the browser. */
export const DownloadCsv = ({ name, text }: { name: string; text: () => string }) => {
  const { t } = useTranslation()
  return (
    <Button
      onClick={() => {
        // the mark tells spreadsheets that it is UTF-8
        const url = URL.createObjectURL(new Blob(['\ufeff', text()], { type: 'text/csv' }))
        const link = document.createElement('a')
        link.href = url
        link.download = name
        link.click()
        URL.revokeObjectURL(url)
      }}
    >
      {t('energy.csv')}
    </Button>
  )
}
