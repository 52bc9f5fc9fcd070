import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { formats, type Formats } from './format'

/** The formats of the interface's language, in the region that the browser names for it. */
export const useFormats = (): Formats => {
  const { i18n } = useTranslation()
  return useMemo(
    () => formats(navigator.languages.find((tag) => tag.startsWith(i18n.language)) ?? i18n.language),
    [i18n.language],
  )
}
