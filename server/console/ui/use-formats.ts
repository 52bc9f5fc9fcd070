import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { formats, type Formats } from './format'

/** The formats of the interface's language. */
export const useFormats = (): Formats => {
  const { i18n } = useTranslation()
  return useMemo(() => formats(i18n.language), [i18n.language])
}
