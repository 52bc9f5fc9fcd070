import { byId, deleted, pageOf, pageQuery } from './ids'
import { bulkJobs, bulkResult } from './job-bulk'
import { job } from './jobs'
import { byClass, queue } from './queues'
import { route } from './route'
import { createSchedule, schedule, updateSchedule } from './schedules'

/** What steers many jobs at once: filters, queues, the clock. */
export const controlRoutes = {
  bulkJobs: route({
    once: true,
    method: 'POST',
    path: '/v1/jobs/bulk',
    summary: 'Cancel or retry all jobs of a filter, or say which they are',
    scope: 'write',
    body: bulkJobs,
    reply: bulkResult,
    errors: ['invalid_request'],
  }),
  listQueues: route({
    method: 'GET',
    path: '/v1/queues',
    summary: 'The queues, one per class of resources',
    scope: 'read',
    reply: pageOf(queue),
    errors: [],
  }),
  pauseQueue: route({
    method: 'POST',
    path: '/v1/queues/:class/pause',
    summary: 'Give out no more jobs of a class; those that run go on',
    scope: 'admin',
    params: byClass,
    reply: queue,
    errors: ['invalid_request'],
  }),
  resumeQueue: route({
    method: 'POST',
    path: '/v1/queues/:class/resume',
    summary: 'Give out jobs of a class again',
    scope: 'admin',
    params: byClass,
    reply: queue,
    errors: ['invalid_request'],
  }),
  createSchedule: route({
    once: true,
    method: 'POST',
    path: '/v1/schedules',
    summary: 'Start a job or a recipe by the clock',
    scope: 'write',
    body: createSchedule,
    reply: schedule,
    status: 201,
    errors: ['invalid_request', 'name_taken'],
  }),
  listSchedules: route({
    method: 'GET',
    path: '/v1/schedules',
    summary: 'List schedules',
    scope: 'read',
    query: pageQuery,
    reply: pageOf(schedule),
    errors: [],
  }),
  getSchedule: route({
    method: 'GET',
    path: '/v1/schedules/:id',
    summary: 'One schedule',
    scope: 'read',
    params: byId,
    reply: schedule,
    errors: ['schedule_not_found'],
  }),
  updateSchedule: route({
    method: 'PATCH',
    path: '/v1/schedules/:id',
    summary: 'Change a schedule, or switch it on or off',
    scope: 'write',
    params: byId,
    body: updateSchedule,
    reply: schedule,
    errors: ['schedule_not_found', 'invalid_request'],
  }),
  deleteSchedule: route({
    method: 'DELETE',
    path: '/v1/schedules/:id',
    summary: 'Delete a schedule; its jobs stay',
    scope: 'write',
    params: byId,
    reply: deleted,
    errors: ['schedule_not_found'],
  }),
  runSchedule: route({
    method: 'POST',
    path: '/v1/schedules/:id/run',
    summary: 'Start its work now, beside its times',
    scope: 'write',
    params: byId,
    reply: job,
    status: 201,
    errors: ['schedule_not_found', 'idempotency_conflict'],
  }),
} as const
