/** The name of a language (`de`) in another one; the code itself where it has none. */
export const languageName = (code: string, inLanguage: string): string => {
  try {
    return new Intl.DisplayNames([inLanguage], { type: 'language' }).of(code) ?? code
  } catch {
    // a stated language may be any text
    return code
  }
}

/** Names and counts, the largest first. */
export const byCount = <Name extends string>(counts: Partial<Record<Name, number>>): [Name, number][] =>
  (Object.entries(counts) as [Name, number][]).filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a)
