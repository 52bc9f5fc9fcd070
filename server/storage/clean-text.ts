const nul = /\u0000/g

/** PostgreSQL refuses NUL and lone surrogates in text and jsonb: both become U+FFFD. */
export const cleanText = (text: string): string => text.replace(nul, '\uFFFD').toWellFormed()

/** `JSON.stringify` for a jsonb column, cleaned in keys and values. */
export const cleanJson = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'string') return cleanText(inner)
    const keysToClean =
      typeof inner === 'object' &&
      inner !== null &&
      !Array.isArray(inner) &&
      Object.keys(inner).some((key) => cleanText(key) !== key)
    return keysToClean ? Object.fromEntries(Object.entries(inner).map(([key, held]) => [cleanText(key), held])) : inner
  })
