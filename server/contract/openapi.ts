import { z } from 'zod'
import { errorBody, errors } from './errors'
import { named } from './named'
import { sharedErrors, takesKey, type Route } from './route'
import { routes } from './routes'

type Json = Record<string, unknown>
type Io = 'input' | 'output'

const title = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)
/** Exported schemas get their export's name, so that the document says each shape once. */
const nameSchemas = (): void => {
  for (const [name, value] of Object.entries(named)) {
    if (value instanceof z.ZodType && !z.globalRegistry.has(value)) z.globalRegistry.add(value, { id: title(name) })
  }
}

/** Shapes met so far. What is sent may leave out what has a default, so a shape has a name for each direction. */
const components: Json = {}
const refer = (value: unknown, io: Io): unknown => {
  if (Array.isArray(value)) return value.map((inner) => refer(inner, io))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key === '$ref' && typeof inner === 'string'
        ? [key, inner.replace('#/$defs/', '#/components/schemas/').concat(io === 'input' ? 'Input' : '')]
        : [key, refer(inner, io)],
    ),
  )
}
const without = (value: Json, ...names: string[]): Json =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)))
const schemaOf = (schema: z.ZodType, io: Io): unknown => {
  const converted = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' }) as Json
  for (const [name, definition] of Object.entries((converted['$defs'] ?? {}) as Json)) {
    components[io === 'input' ? `${name}Input` : name] ??= refer(without(definition as Json, 'id'), io)
  }
  return refer(without(converted, '$schema', '$defs', 'id'), io)
}

const parametersOf = (schema: z.ZodObject | undefined, where: 'path' | 'query'): Json[] =>
  schema === undefined
    ? []
    : Object.entries(schema.shape).map(([name, field]) => ({
        name,
        in: where,
        required: where === 'path' || !(field as z.ZodType).safeParse(undefined).success,
        schema: schemaOf(field as z.ZodType, 'input'),
      }))

const keyHeader: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same call again under its key is not run again. Another call under the key is refused.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

const bodyOf = ({ body }: Route): Json | undefined => {
  if (body === undefined) return undefined
  if (body === 'raw')
    return { required: true, content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } }
  if (body === 'multipart') {
    return {
      required: true,
      content: {
        'multipart/form-data': {
          schema: {
            type: 'object',
            required: ['purpose', 'file'],
            properties: { purpose: { type: 'string' }, file: { type: 'string', format: 'binary' } },
          },
        },
      },
    }
  }
  return { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } }
}

const replyOf = ({ reply }: Route): Json => {
  if (reply === 'sse') return { 'text/event-stream': { schema: { type: 'string' } } }
  if (reply === 'bytes') return { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
  if (reply === 'text') return { 'text/plain': { schema: { type: 'string' } } }
  return { 'application/json': { schema: schemaOf(reply, 'output') } }
}

/** Refusals by status, each listing its codes. */
const refusals = (route: Route): Json => {
  const codes = [...route.errors, ...sharedErrors(route)]
  const byStatus = Map.groupBy(codes, (code) => errors[code].status)
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => [
      String(status),
      {
        description: [...names].join(', '),
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    ]),
  )
}

/** The OpenAPI 3.1 document of the route table. */
export const openApi = (): Json => {
  nameSchemas()
  const paths: Record<string, Json> = {}
  for (const [name, definition] of Object.entries(routes)) {
    const route: Route = definition
    const body = bodyOf(route)
    const path = route.path.replace(/:([a-z0-9_]+)/g, '{$1}')
    paths[path] = {
      ...paths[path],
      [route.method.toLowerCase()]: {
        operationId: name,
        summary: route.summary,
        tags: [route.path.split('/')[2] ?? 'health'],
        parameters: [
          ...parametersOf(route.params, 'path'),
          ...parametersOf(route.query, 'query'),
          ...(takesKey(route) ? [keyHeader] : []),
        ],
        ...(body ? { requestBody: body } : {}),
        responses: {
          [String(route.status ?? 200)]: { description: 'Done', content: replyOf(route) },
          ...refusals(route),
        },
        security: route.scope === null ? [] : [{ key: [] }],
        ...(route.scope === null ? {} : { 'x-scope': route.scope }),
      },
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Forge',
      version: '0.1.0',
      description: 'Model steps as jobs: ingest, fine-tune, evaluate, deploy, generate.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Error: schemaOf(errorBody, 'output'), ...components },
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
    },
  }
}
