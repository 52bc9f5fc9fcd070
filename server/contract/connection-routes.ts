import { connection, connectionTest, createConnection, keyRotation, updateConnection } from './connections'
import { byId, deleted, pageOf, pageQuery } from './ids'
import { route } from './route'

/** Credentials for sources, hubs and orchestrators. Secrets go in and never come out. */
export const connectionRoutes = {
  createConnection: route({
    once: true,
    method: 'POST',
    path: '/v1/connections',
    summary: 'Store credentials, encrypted',
    scope: 'write',
    body: createConnection,
    reply: connection,
    status: 201,
    errors: ['invalid_request', 'name_taken', 'secret_key_missing'],
  }),
  listConnections: route({
    method: 'GET',
    path: '/v1/connections',
    summary: 'List connections, without secrets',
    scope: 'read',
    query: pageQuery,
    reply: pageOf(connection),
    errors: [],
  }),
  getConnection: route({
    method: 'GET',
    path: '/v1/connections/:id',
    summary: 'One connection, by id or name, without secrets',
    scope: 'read',
    params: byId,
    reply: connection,
    errors: ['connection_not_found'],
  }),
  updateConnection: route({
    method: 'PATCH',
    path: '/v1/connections/:id',
    summary: 'Change settings, or replace secrets',
    scope: 'write',
    params: byId,
    body: updateConnection,
    reply: connection,
    errors: ['connection_not_found', 'invalid_request', 'name_taken', 'secret_key_missing'],
  }),
  deleteConnection: route({
    method: 'DELETE',
    path: '/v1/connections/:id',
    summary: 'Delete a connection with its secrets',
    scope: 'write',
    params: byId,
    reply: deleted,
    errors: ['connection_not_found'],
  }),
  testConnection: route({
    method: 'POST',
    path: '/v1/connections/:id/test',
    summary: 'Try the credentials from the server',
    scope: 'write',
    params: byId,
    reply: connectionTest,
    errors: ['connection_not_found', 'secret_key_missing', 'secret_unreadable'],
  }),
  rotateSecretKey: route({
    method: 'POST',
    path: '/v1/connections/rotate_key',
    summary: 'Encrypt all connections of all projects with the newest key',
    scope: 'admin',
    reply: keyRotation,
    errors: ['secret_key_missing', 'secret_unreadable'],
  }),
} as const
