import { useId, type ReactNode } from 'react'

/** One numbered part of the page. Without content it waits for the part before it, and says for what. */
export const Part = ({
  number,
  title,
  waitsFor,
  children,
}: {
  number: number
  title: string
  waitsFor: string
  children: ReactNode
}) => {
  const id = useId()
  const isOpen = children !== null && children !== false
  return (
    <section className="card part" aria-labelledby={id} data-open={isOpen}>
      <h2 id={id}>
        <span className="part-number" aria-hidden="true">
          {number}
        </span>
        {title}
      </h2>
      {isOpen ? <div className="stack">{children}</div> : <p className="muted">{waitsFor}</p>}
    </section>
  )
}
