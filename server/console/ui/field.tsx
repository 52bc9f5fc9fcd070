import { useId, type ReactNode } from 'react'

interface Control {
  id: string
  'aria-describedby': string | undefined
  'aria-invalid': boolean
}

/** A labelled control with its hint and its mistake: `<Field label="Name">{(control) => <input {...control} />}</Field>`. */
export const Field = ({
  label,
  hint,
  wrong,
  children,
}: {
  label: string
  hint?: ReactNode
  /** what is wrong with its value; undefined: nothing */
  wrong?: string | undefined
  children: (control: Control) => ReactNode
}) => {
  const id = useId()
  const described = hint !== undefined || wrong !== undefined ? `${id}-hint` : undefined
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-describedby': described, 'aria-invalid': wrong !== undefined })}
      {described !== undefined && (
        <div id={described}>
          {wrong !== undefined && <div className="wrong">{wrong}</div>}
          {hint !== undefined && <div className="hint">{hint}</div>}
        </div>
      )}
    </div>
  )
}
