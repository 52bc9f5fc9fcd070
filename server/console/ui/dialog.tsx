import { useEffect, useRef, type ReactNode } from 'react'

/** A question in front of the page. Escape and a press beside it close it; the focus goes back to where it was. */
export const Dialog = ({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) => {
  const ref = useRef<HTMLDialogElement>(null)
  useEffect(() => ref.current?.showModal(), [])
  return (
    <dialog
      ref={ref}
      aria-label={title}
      onClose={onClose}
      onClick={({ target }) => {
        if (target === ref.current) onClose()
      }}
    >
      <div className="stack">
        <h2>{title}</h2>
        {children}
      </div>
    </dialog>
  )
}
