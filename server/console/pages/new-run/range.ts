/** What a number may be, both ends included. */
export interface Range {
  min: number
  max: number
}

/** Whether a number field holds nothing, or a number within its range. */
export const isWithin = (value: number | null, { min, max }: Range): boolean =>
  value === null || (Number.isFinite(value) && value >= min && value <= max)
