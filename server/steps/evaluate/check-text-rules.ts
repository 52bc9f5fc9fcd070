import type { TextRules } from '../../contract/text-rules'

/** What the rules choose by, and the facts that a text may state. */
export interface TextContext {
  language: string
  channel: string | null
  facts: readonly string[]
}

const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

const plain = (text: string): string => text.normalize('NFC').trim()

/** Whole words without regard to case; `\b` would take `é` for the end of a word. */
const containsWord = (text: string, word: string): boolean =>
  new RegExp(`(?<![\\p{L}\\p{N}])${escapeRegExp(plain(word))}(?![\\p{L}\\p{N}])`, 'iu').test(text)

/** Words between white space, the closing line left out. */
const countWords = (text: string, closing: string | undefined): number => {
  const body = closing !== undefined && text.endsWith(closing) ? text.slice(0, -closing.length) : text
  return body.split(/\s+/).filter((word) => word !== '').length
}

/**
 * The rules that a text breaks, each as a short sentence; none = on brand. A language or channel without rules adds
 * none.
 */
export const checkTextRules = (raw: string, { language, channel, facts }: TextContext, rules: TextRules): string[] => {
  const text = plain(raw)
  const broken: string[] = []
  for (const word of rules.languages[language]?.banned_words ?? [])
    if (containsWord(text, word)) broken.push(`banned word "${word}"`)
  for (const character of rules.banned_characters)
    if (text.includes(character.normalize('NFC'))) broken.push(`banned character "${character}"`)

  const channelRules = channel === null ? undefined : rules.channels[channel]
  if (channelRules === undefined) return broken
  const ending = channelRules.closing[language]
  const closing = ending === undefined ? undefined : plain(ending)
  if (closing !== undefined && !text.endsWith(closing)) broken.push(`does not end with "${closing}"`)

  const [fewest, most] = channelRules.words[language] ?? [0, Infinity]
  const words = countWords(text, closing)
  if (words < fewest || words > most) broken.push(`${words} words, not ${fewest} to ${most}`)

  const lower = text.toLowerCase()
  const stated = facts.filter((fact) => lower.includes(plain(fact).toLowerCase())).length
  if (stated < channelRules.min_facts) broken.push(`${stated} of its facts, not ${channelRules.min_facts}`)
  return broken
}
