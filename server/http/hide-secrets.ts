import type { Json } from '../storage/tables'

/**
 * The same request with a keyed hash in place of each value below a field `secrets`: two can be compared, and a row
 * that keeps it tells no secret. `hash` is called only where there is one.
 */
export const hideSecrets = (request: Json, hash: (text: string) => string): Json => {
  const walk = (value: unknown, secret: boolean): unknown => {
    if (Array.isArray(value)) return value.map((inner) => walk(inner, secret))
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [name, walk(inner, secret || name === 'secrets')]),
      )
    return secret ? hash(JSON.stringify(value)) : value
  }
  return walk(request, false) as Json
}
