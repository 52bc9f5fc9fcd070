// eslint-disable-next-line no-control-regex -- NUL is what PostgreSQL refuses
const nul = /\u0000/g

/** PostgreSQL refuses NUL and lone surrogates in text and jsonb: both become U+FFFD. */
export const cleanText = (text: string): string => text.replace(nul, '\uFFFD').toWellFormed()

/** `JSON.stringify` for a jsonb column, cleaned in keys and values. */
export const cleanJson = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? cleanText(inner) : inner))
