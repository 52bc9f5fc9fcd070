import { ingest, links, node, nothing, rows, webhook } from './flow-nodes'
import type { Flow, FlowWorld } from './flow-world'

/** A workflow that calls another, in which Forge Ingest waits: makes the dataset `<name>-child` of three rows. */
export const publishParentOfWaiting = async (
  world: FlowWorld,
  name: string,
): Promise<{ parent: Flow; child: Flow }> => {
  const child = await world.publish(
    `${name}-child`,
    [
      node('Called', 'n8n-nodes-base.executeWorkflowTrigger', { inputSource: 'passthrough' }, { typeVersion: 1.1 }),
      ingest('Ingest', world.credential, { dataset: `${name}-child` }),
    ],
    links('Called', 'Ingest'),
  )
  const workflowId = { __rl: true, mode: 'id', value: child.id }
  const parent = await world.publish(
    name,
    [
      webhook(name),
      rows(),
      node(
        'Call',
        'n8n-nodes-base.executeWorkflow',
        { workflowId, options: { waitForSubWorkflow: true } },
        { typeVersion: 1.2 },
      ),
      nothing('After'),
    ],
    links('Webhook', 'Rows', 'Call', 'After'),
  )
  return { parent, child }
}
