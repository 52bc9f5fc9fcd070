import { deleted } from './ids'
import { byFollower, follower, putFollower } from './followers'
import { route } from './route'

/** Waiting for many jobs over one connection, and giving up those that nobody waits for. */
export const followerRoutes = {
  putFollower: route({
    method: 'PUT',
    path: '/v1/followers/:follower_id',
    summary: 'Follow these jobs, and only these: makes a follower, changes its jobs, renews its lease',
    scope: 'write',
    params: byFollower,
    body: putFollower,
    reply: follower,
    errors: ['invalid_request'],
  }),
  streamFollower: route({
    method: 'GET',
    path: '/v1/followers/:follower_id/events',
    summary: 'Ends and coarse progress of the jobs of a follower (SSE; Last-Event-ID resumes; renews the lease)',
    scope: 'read',
    params: byFollower,
    reply: 'sse',
    errors: ['invalid_request', 'follower_not_found'],
  }),
  deleteFollower: route({
    method: 'DELETE',
    path: '/v1/followers/:follower_id',
    summary: 'Follow no more; the jobs go on and do not count as abandoned',
    scope: 'write',
    params: byFollower,
    reply: deleted,
    errors: ['follower_not_found'],
  }),
} as const
