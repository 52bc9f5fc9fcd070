import { Readable } from 'node:stream'
import { ForgeError } from '../../contract/errors'
import { routes } from '../../contract/routes'
import { deleteFollower, followerKey, putFollower, renewFollower } from '../../jobs/followers/follower'
import { followJobs } from '../../jobs/followers/follow-jobs'
import { parsePosition } from '../../jobs/followers/read-ended'
import { clientGone } from '../client-gone'
import type { Ports } from '../ports'
import type { Register } from '../register'

export const followerRoutes = (on: Register, { db, signals, stopping }: Ports): void => {
  on(routes.putFollower, ({ params, body, caller }) => putFollower(db, caller.projectId, params.follower_id, body))
  on(routes.deleteFollower, async ({ params, caller }) => {
    await deleteFollower(db, caller.projectId, params.follower_id)
    return { id: params.follower_id, object: 'follower', deleted: true as const }
  })
  on(routes.streamFollower, async ({ params, caller, request, reply }) => {
    const { projectId } = caller
    const { follower_id: followerId } = params
    const last = request.headers['last-event-id']
    // refusals come before the stream: one that has begun cannot give an error
    const after = parsePosition(typeof last === 'string' ? last : null)
    if ((await renewFollower(db, projectId, followerId)) === null)
      throw new ForgeError('follower_not_found', { id: followerId })
    const stop = AbortSignal.any([clientGone(reply), stopping])
    const lines = async function* (): AsyncGenerator<string> {
      yield 'retry: 1000\n\n'
      const wake = (ms: number) => signals.wait(['event', followerKey(projectId, followerId)], ms, stop)
      for await (const line of followJobs(db, { projectId, followerId, after, wake, stop })) {
        // a comment keeps proxies from closing a quiet stream
        if (line === 'idle') yield ': waiting\n\n'
        else
          yield `${line.id === null ? '' : `id: ${line.id}\n`}event: ${line.event.type}\ndata: ${JSON.stringify(line.event)}\n\n`
      }
    }
    return reply.type('text/event-stream').header('cache-control', 'no-store').send(Readable.from(lines()))
  })
}
