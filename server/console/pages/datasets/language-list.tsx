import { useTranslation } from 'react-i18next'
import { useFormats } from '../../ui/use-formats'
import { byCount, languageName } from './languages'

/** Languages with their rows: `English 120, German 30`. */
export const LanguageList = ({ languages }: { languages: Record<string, number> }) => {
  const { t, i18n } = useTranslation()
  const format = useFormats()
  return byCount(languages)
    .map(([code, rows]) => {
      const name = code === 'und' ? t('datasets.unknownLanguage') : languageName(code, i18n.language)
      return `${name} ${format.number(rows)}`
    })
    .join(', ')
}
