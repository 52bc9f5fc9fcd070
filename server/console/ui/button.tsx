import type { ButtonHTMLAttributes } from 'react'

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: 'primary' | 'danger' | 'plain' | undefined
  /** what it does is under way: it cannot be pressed again */
  busy?: boolean
}

/** A button that submits nothing unless told to. */
export const Button = ({ variant, busy = false, disabled, children, ...rest }: Props) => (
  <button type="button" className={variant} aria-busy={busy} disabled={busy || disabled} {...rest}>
    {children}
  </button>
)
