import type { IDataObject } from 'n8n-workflow'
import type { Usage } from './contract'

/** What a job used, in the fields that every node shows in the same way, to six digits: more is noise of the sums. */
export const usageFields = (usage: Usage): IDataObject => ({
  energy_joules: sixDigits(usage.energy_joules),
  energy_method: usage.method,
  cost: sixDigits(usage.cost),
  currency: usage.currency,
  co2e_grams: sixDigits(usage.co2e_grams),
})

const sixDigits = (value: number | null): number | null => (value === null ? null : Number(value.toPrecision(6)))
