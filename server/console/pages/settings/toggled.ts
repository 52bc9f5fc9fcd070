/** A list with a value put in or taken out, in the order of `all`. */
export const toggled = <T>(all: readonly T[], chosen: readonly T[], value: T): T[] =>
  all.filter((one) => (one === value ? !chosen.includes(one) : chosen.includes(one)))
