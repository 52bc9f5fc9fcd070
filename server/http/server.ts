import cookie from '@fastify/cookie'
import multipart from '@fastify/multipart'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { ForgeError } from '../contract/errors'
import { authenticator } from './authenticate'
import { answerError } from './answer-error'
import { serveConsole } from './console'
import { newRequestId, registrar } from './register'
import type { Ports } from './ports'
import { accessRoutes } from './routes/access'
import { airflowRoutes } from './routes/airflow'
import { approvalRoutes } from './routes/approvals'
import { connectionRoutes } from './routes/connections'
import { controlRoutes } from './routes/control'
import { datasetRoutes } from './routes/datasets'
import { deploymentRoutes } from './routes/deployments'
import { evaluationRoutes } from './routes/evaluations'
import { eventRoutes } from './routes/events'
import { fileRoutes } from './routes/files'
import { followerRoutes } from './routes/followers'
import { groupRoutes } from './routes/groups'
import { healthRoutes } from './routes/health'
import { jobRoutes } from './routes/jobs'
import { leaseRoutes } from './routes/leases'
import { modelRoutes } from './routes/models'
import { fineTuningRoutes } from './routes/openai/fine-tuning'
import { chatRoutes } from './routes/openai/chat'
import { embeddingRoutes } from './routes/openai/embeddings'
import { generationRoutes } from './routes/generations'
import { projectRoutes } from './routes/projects'
import { recipeRoutes } from './routes/recipes'
import { sessionRoutes } from './routes/sessions'
import { webhookEndpointRoutes } from './routes/webhook-endpoints'
import { workerRoutes } from './routes/workers'

export interface HttpOptions {
  log: Logger
  allowedHosts: readonly string[]
  uploadLimitBytes: number
}

const jsonLimitBytes = 32 * 1024 * 1024

/** The HTTP server, not yet listening. */
export const buildServer = async (ports: Ports, options: HttpOptions): Promise<FastifyInstance> => {
  const loggerInstance: FastifyBaseLogger = options.log.child({}, { level: 'warn' })
  const app: FastifyInstance = fastify({
    loggerInstance,
    genReqId: newRequestId,
    bodyLimit: jsonLimitBytes,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 300 },
  })
  app.setErrorHandler(answerError(options.log))
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id)
    // a page on another site that resolves its own name to this address must not reach the API (DNS rebinding)
    const host = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
    if (!options.allowedHosts.includes(host)) throw new ForgeError('host_not_allowed', { host })
    await Promise.resolve()
  })
  await app.register(cookie)
  await serveConsole(app, join(__dirname, '..', 'public'))
  // raw bodies are read by their route as a stream, whatever they say they are
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => {
    done(null, payload)
  })
  app.addContentTypeParser('*', (_request, payload, done) => {
    done(null, payload)
  })
  // a form's file is cut off without an error at its limit: one byte more lets the blob store refuse it
  await app.register(multipart, { limits: { fileSize: options.uploadLimitBytes + 1, files: 1, fields: 10 } })
  const document = JSON.parse(readFileSync(join(__dirname, '..', 'contract', 'openapi.json'), 'utf8')) as Record<
    string,
    unknown
  >
  await app.register(swagger, { mode: 'static', specification: { document: document as never } })
  await app.register(swaggerUi, { routePrefix: '/docs' })
  app.get('/openapi.json', () => document)

  const hash = (text: string): string =>
    createHmac('sha256', ports.secretKeys.current().bytes).update(text).digest('hex')
  const on = registrar(app, authenticator(ports.db), ports.db, hash)
  for (const routes of [
    healthRoutes,
    fileRoutes,
    datasetRoutes,
    connectionRoutes,
    airflowRoutes,
    fineTuningRoutes,
    modelRoutes,
    evaluationRoutes,
    deploymentRoutes,
    approvalRoutes,
    chatRoutes,
    embeddingRoutes,
    generationRoutes,
    controlRoutes,
    jobRoutes,
    groupRoutes,
    followerRoutes,
    eventRoutes,
    webhookEndpointRoutes,
    recipeRoutes,
    accessRoutes,
    projectRoutes,
    sessionRoutes,
    workerRoutes,
    leaseRoutes,
  ])
    routes(on, ports)
  return app
}
