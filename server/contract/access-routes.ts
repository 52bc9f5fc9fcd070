import { z } from 'zod'
import { apiKey, createApiKey, createdApiKey } from './api-keys'
import { byId, deleted, pageOf, pageQuery } from './ids'
import { createdProject, createProject, listedProject, project, updateProject } from './projects'
import { route } from './route'
import { usageQuery, usageReport } from './usage-query'

const status = z.object({ status: z.string() })

/** Health, the project, keys and usage. */
export const accessRoutes = {
  healthz: route({
    method: 'GET',
    path: '/healthz',
    summary: 'The process is alive',
    scope: null,
    reply: status,
    errors: [],
  }),
  readyz: route({
    method: 'GET',
    path: '/readyz',
    summary: 'The database answers and migrations are done',
    scope: null,
    reply: status,
    errors: [],
  }),
  metrics: route({
    method: 'GET',
    path: '/metrics',
    summary: 'Prometheus metrics',
    scope: null,
    reply: 'text',
    errors: [],
  }),
  getUsage: route({
    method: 'GET',
    path: '/v1/usage',
    summary: 'Energy, cost, CO2e and tokens',
    scope: 'read',
    query: usageQuery,
    reply: usageReport,
    errors: [],
  }),
  getProject: route({
    method: 'GET',
    path: '/v1/project',
    summary: 'The project of this key',
    scope: 'read',
    reply: project,
    errors: [],
  }),
  updateProject: route({
    method: 'PATCH',
    path: '/v1/project',
    summary: 'Change a setting of the project',
    scope: 'admin',
    body: updateProject,
    reply: project,
    errors: ['invalid_request'],
  }),
  createProject: route({
    once: 'secret',
    method: 'POST',
    path: '/v1/projects',
    summary: 'Make a project, with its first key',
    scope: 'admin',
    body: createProject,
    reply: createdProject,
    status: 201,
    errors: ['invalid_request', 'name_taken', 'first_project_only'],
  }),
  listProjects: route({
    method: 'GET',
    path: '/v1/projects',
    summary: 'List the projects of this installation',
    scope: 'admin',
    query: pageQuery,
    reply: pageOf(listedProject),
    errors: ['first_project_only'],
  }),
  createApiKey: route({
    once: 'secret',
    method: 'POST',
    path: '/v1/api_keys',
    summary: 'Make a key',
    scope: 'admin',
    body: createApiKey,
    reply: createdApiKey,
    status: 201,
    errors: ['invalid_request'],
  }),
  listApiKeys: route({
    method: 'GET',
    path: '/v1/api_keys',
    summary: 'List keys',
    scope: 'admin',
    query: pageQuery,
    reply: pageOf(apiKey),
    errors: [],
  }),
  deleteApiKey: route({
    method: 'DELETE',
    path: '/v1/api_keys/:id',
    summary: 'Revoke a key',
    scope: 'admin',
    params: byId,
    reply: deleted,
    errors: ['api_key_not_found'],
  }),
} as const
