import { InvalidArgumentError, type Command } from 'commander'

export interface ListOptions {
  limit: number
  after?: string
}

/** An option's value as a whole number within limits. Throws what commander prints with the option's name. */
export const wholeNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < min || value > max)
      throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`)
    return value
  }

/** `--limit` and `--after`, as every list of the API has them. */
export const listOptions = (command: Command): Command =>
  command.option('--limit <n>', 'entries', wholeNumber(1, 100), 20).option('--after <id>', 'begin after this entry')

/** The query of a list. */
export const pageOfList = ({ limit, after }: ListOptions) => ({ limit, ...(after === undefined ? {} : { after }) })

/** How to see the next page; '' on the last one. */
export const pageNote = (page: { has_more: boolean; data: readonly { id: string }[] }): string => {
  const last = page.data.at(-1)
  return page.has_more && last ? `\nMore with --after ${last.id}` : ''
}
