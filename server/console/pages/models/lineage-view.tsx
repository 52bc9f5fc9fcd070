import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { Badge, type Tone } from '../../ui/badge'
import { useFormats } from '../../ui/use-formats'
import { stages, type Lineage, type LineageNode, type NodeState, type Stage } from './lineage'

const tones: Record<NodeState, Tone> = {
  passed: 'good',
  failed: 'bad',
  pending: 'warn',
  approved: 'good',
  rejected: 'bad',
  expired: 'idle',
  cancelled: 'idle',
  serves: 'good',
  rolling_out: 'busy',
  served_before: 'idle',
}
/** Stages whose nodes may come from one of several; the others come from all of the stage before. */
const branching: ReadonlySet<Stage> = new Set<Stage>(['evaluation', 'approval', 'deployment'])
/** Nodes of a stage that are shown without being asked. */
const shown = 5

const useNodeName = (): ((node: LineageNode) => string) => {
  const { t } = useTranslation()
  const format = useFormats()
  return ({ stage, name, at }) => {
    if (stage === 'checkpoint') return t('models.step', { step: format.number(Number(name)) })
    if (stage === 'training') return t('kind.fine-tune')
    if (stage === 'model') return t('models.thisModel')
    if (stage === 'evaluation') return format.time(at ?? '')
    return name ?? ''
  }
}

const NodeView = ({ node, from }: { node: LineageNode; from: readonly string[] }) => {
  const { t } = useTranslation()
  const name = useNodeName()(node)
  return (
    <li>
      {node.view === null ? <span>{name}</span> : <Link to={node.view}>{name}</Link>}
      {node.state !== null && <Badge tone={tones[node.state]}>{t(`models.nodeState.${node.state}`)}</Badge>}
      {from.length > 0 && <small className="muted">{t('models.from', { names: from.join(', ') })}</small>}
    </li>
  )
}

/** The lineage as steps in order: what may come from one of several says from which, so that it reads without the drawing too. */
export const LineageView = ({ lineage: { nodes, edges } }: { lineage: Lineage }) => {
  const { t } = useTranslation()
  const nameOf = useNodeName()
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const sourcesOf = ({ id, stage }: LineageNode): string[] =>
    (branching.has(stage) ? edges : [])
      .filter(({ to }) => to === id)
      .flatMap(({ from }) => byId.get(from) ?? [])
      .map(nameOf)
  const list = (of: readonly LineageNode[]) => (
    <ul>
      {of.map((node) => (
        <NodeView key={node.id} node={node} from={sourcesOf(node)} />
      ))}
    </ul>
  )
  return (
    <ol className="lineage">
      {stages
        .map((stage) => ({ stage, of: nodes.filter((node) => node.stage === stage) }))
        .filter(({ of }) => of.length > 0)
        .map(({ stage, of }) => (
          <li key={stage}>
            <h3>{t(`models.stage.${stage}`)}</h3>
            {list(of.slice(-shown))}
            {of.length > shown && (
              <details>
                <summary>{t('models.earlier', { count: of.length - shown })}</summary>
                {list(of.slice(0, -shown))}
              </details>
            )}
          </li>
        ))}
    </ol>
  )
}
