import { z } from 'zod'

const perLanguage = <T extends z.ZodType>(of: T) => z.record(z.string().describe('language code'), of)
const wordWindow = z
  .tuple([z.int().min(0), z.int().positive()])
  .describe('fewest and most words, closing line left out')

/** House style as rules that a program can check; a text is on brand when it breaks none. */
export const textRules = z.object({
  languages: perLanguage(z.object({ banned_words: z.array(z.string()).default([]) })),
  banned_characters: z.array(z.string()).default([]),
  channels: z.record(
    z.string(),
    z.object({
      min_facts: z.int().min(0).default(0).describe('of the row’s own facts, found in the text'),
      words: perLanguage(wordWindow),
      closing: perLanguage(z.string()).describe('the text ends with it'),
    }),
  ),
})
export type TextRules = z.infer<typeof textRules>
