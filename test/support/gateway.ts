import type { ChatCompletion } from '../../server/contract/chat'
import { resolveTarget, startProblem } from '../../server/deployments/resolve-target'
import { touchDeployments } from '../../server/deployments/sleep-idle'
import type { ChatReply } from '../../server/gateway/chat'
import { openGateway, type Gateway } from '../../server/gateway/gateway'
import type { ServedTokens } from '../../server/gateway/metering'
import type { Signals } from '../../server/jobs/signals'
import type { Db } from '../../server/storage/database'

/** The real gateway on a test's database; `onTokens` gets what was served when it closes. An error of its loops is thrown. */
export const openTestGateway = (
  db: Db,
  signals: Signals,
  { holdMs = 5000, onTokens = () => undefined }: { holdMs?: number; onTokens?: (served: ServedTokens[]) => void } = {},
): Gateway =>
  openGateway({
    db,
    signals,
    holdMs,
    flushMs: 60_000,
    onError: (error) => {
      throw error
    },
    deployments: {
      resolveTarget: (call) => resolveTarget(db, call),
      startProblem: (id) => startProblem(db, id),
      touch: (ids) => touchDeployments(db, ids),
    },
    onTokens: async (served) => {
      onTokens(served)
      await Promise.resolve()
    },
  })

/** The answer that came whole. Throws where it came as a stream. */
export const wholeAnswer = async (reply: Promise<ChatReply>): Promise<ChatCompletion> => {
  const answer = await reply
  if (answer.kind !== 'json') throw new Error('expected one JSON answer')
  return answer.body
}
