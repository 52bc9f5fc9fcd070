import { byId, pageOf, pageQuery } from './ids'
import { createJobGroup, jobGroup, jobGroupResult, jobGroupResultQuery } from './job-groups'
import { route } from './route'

/** Several jobs with one end. */
export const groupRoutes = {
  createJobGroup: route({
    method: 'POST',
    path: '/v1/job_groups',
    summary: 'Start 1 to 1,000 jobs that end together',
    scope: 'write',
    body: createJobGroup,
    reply: jobGroup,
    status: 201,
    errors: ['invalid_request', 'idempotency_conflict', 'callback_unreachable'],
  }),
  listJobGroups: route({
    method: 'GET',
    path: '/v1/job_groups',
    summary: 'List job groups',
    scope: 'read',
    query: pageQuery,
    reply: pageOf(jobGroup),
    errors: [],
  }),
  getJobGroup: route({
    method: 'GET',
    path: '/v1/job_groups/:id',
    summary: 'One job group',
    scope: 'read',
    params: byId,
    reply: jobGroup,
    errors: ['job_group_not_found'],
  }),
  cancelJobGroup: route({
    method: 'POST',
    path: '/v1/job_groups/:id/cancel',
    summary: 'Cancel the open jobs of a group',
    scope: 'write',
    params: byId,
    reply: jobGroup,
    errors: ['job_group_not_found'],
  }),
  listJobGroupResults: route({
    method: 'GET',
    path: '/v1/job_groups/:id/results',
    summary: 'The jobs of a group, in the order given',
    scope: 'read',
    params: byId,
    query: jobGroupResultQuery,
    reply: pageOf(jobGroupResult),
    errors: ['job_group_not_found'],
  }),
} as const
