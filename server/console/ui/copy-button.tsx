import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from './button'

/**
 * Puts a text on the clipboard and says that it did. Browsers have one for pages over TLS and of their own machine only:
 * elsewhere there is no button, and the text is there to be selected.
 */
export const CopyButton = ({ text, label }: { text: string; label: string }) => {
  const { t } = useTranslation()
  const [copied, setCopied] = useState(false)
  if (!isSecureContext) return null
  return (
    <Button
      onClick={() => {
        void navigator.clipboard.writeText(text).then(() => {
          setCopied(true)
          setTimeout(() => setCopied(false), 2000)
        })
      }}
    >
      {copied ? t('actions.copied') : label}
    </Button>
  )
}
