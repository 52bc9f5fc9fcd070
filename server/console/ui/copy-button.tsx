import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from './button'

/** Puts a text on the clipboard and says that it did. */
export const CopyButton = ({ text, label }: { text: string; label: string }) => {
  const { t } = useTranslation()
  const [copied, setCopied] = useState(false)
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
