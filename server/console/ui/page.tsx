import { useEffect, type ReactNode } from 'react'

/** The head of a view: its title, which the browser's tab shows too, and what can be done. */
export const Page = ({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) => {
  useEffect(() => {
    document.title = `${title} · Forge`
  }, [title])
  return (
    <>
      <div className="page-head">
        <h1>{title}</h1>
        <div className="row">{actions}</div>
      </div>
      <div className="stack">{children}</div>
    </>
  )
}

export const Card = ({ title, children }: { title?: string; children: ReactNode }) => (
  <section className="card">
    {title !== undefined && <h2>{title}</h2>}
    {children}
  </section>
)

/** Names and values, one under the other. Null and undefined are left out. */
export const Facts = ({ of }: { of: readonly (readonly [string, ReactNode])[] }) => (
  <dl className="facts">
    {of
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => (
        <div key={name} style={{ display: 'contents' }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
  </dl>
)

/** One figure with its name, and below it how it came about. */
export const Figure = ({ name, note, children }: { name: string; note?: ReactNode; children: ReactNode }) => (
  <div className="figure">
    <dt>{name}</dt>
    <dd>
      {children}
      {note !== undefined && <small>{note}</small>}
    </dd>
  </div>
)
export const Figures = ({ children }: { children: ReactNode }) => <dl className="figures card">{children}</dl>
