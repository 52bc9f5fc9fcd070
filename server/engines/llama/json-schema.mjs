import { invalid, unsupported } from './api-error.mjs'

const hint =
  'Supported: type, properties, required, additionalProperties, items, prefixItems, enum, const, oneOf, anyOf, ' +
  '$ref, $defs, minItems, maxItems, minLength, maxLength, minProperties, maxProperties, ' +
  'format (date, time, date-time). Check the rest in the step that reads the answer.'
const enforced = new Set([
  'type',
  'properties',
  'additionalProperties',
  'items',
  'prefixItems',
  'enum',
  'const',
  'oneOf',
  '$defs',
  '$ref',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
  'format',
])
const withoutEffect = new Set([
  'title',
  'description',
  'default',
  'examples',
  'example',
  '$schema',
  '$id',
  '$comment',
  'deprecated',
  'readOnly',
  'writeOnly',
  'required',
])
const formats = new Set(['date-time', 'date', 'time'])

/**
 * Copies a JSON schema into the part the grammar enforces and refuses keywords it would silently ignore.
 * `required` needs no rule: the grammar writes every property. `anyOf` becomes `oneOf`, which admits no more.
 * @param {string[]} definitions names under `$defs` of the schemas around this one
 * @throws {import('./api-error.mjs').ApiError} `unsupported_parameter` with the path of the keyword
 */
export const enforceable = (schema, path = 'response_format.json_schema.schema', definitions = []) => {
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema))
    throw invalid(path, `${path} must be an object.`)
  const copy = {}
  const known = [...definitions, ...Object.keys(schema.$defs ?? {})]
  for (const [keyword, value] of Object.entries(schema)) {
    const at = `${path}.${keyword}`
    if (withoutEffect.has(keyword)) continue
    if (keyword === 'anyOf') copy.oneOf = listOf(value, at, known)
    else if (!enforced.has(keyword)) throw unsupported(at, value, hint)
    else copy[keyword] = convert(keyword, value, at, known)
  }
  // without a type the grammar knows only null
  if (copy.properties !== undefined) copy.type ??= 'object'
  const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(schema.properties ?? {}, name))
  if (missing.length > 0)
    throw unsupported(`${path}.required`, missing, 'Describe every required key under properties.')
  if (Array.isArray(copy.type) && (copy.type.includes('object') || copy.type.includes('array'))) {
    throw unsupported(`${path}.type`, copy.type, 'Write it as anyOf with one schema per type.')
  }
  if (Object.keys(copy).every((keyword) => keyword === '$defs'))
    throw unsupported(path, schema, 'Give it a type, enum, const, oneOf or $ref.')
  return copy
}

const convert = (keyword, value, at, known) => {
  if (keyword === 'properties' || keyword === '$defs') {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, enforceable(inner, `${at}.${name}`, known)]),
    )
  }
  if (keyword === 'additionalProperties' && typeof value === 'object')
    return Object.keys(value).length === 0 || enforceable(value, at, known)
  if (keyword === 'items') return enforceable(value, at, known)
  if (keyword === 'oneOf' || keyword === 'prefixItems') return listOf(value, at, known)
  // any other reference would silently stand for any value
  if (keyword === '$ref' && !known.some((name) => value === `#/$defs/${name}`))
    throw unsupported(at, value, 'Refer to a definition under $defs, or write it out.')
  if (keyword === 'format' && !formats.has(value)) throw unsupported(at, value, hint)
  return value
}

const listOf = (value, at, known) => {
  if (!Array.isArray(value)) throw invalid(at, `${at} must be a list of schemas.`)
  return value.map((inner, index) => enforceable(inner, `${at}[${index}]`, known))
}
