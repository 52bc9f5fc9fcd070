import type { IDataObject } from 'n8n-workflow'
import type { Usage } from './contract'

/** What a job used, in the fields that every node shows in the same way. */
export const usageFields = (usage: Usage): IDataObject => ({
  energy_joules: usage.energy_joules,
  energy_method: usage.method,
  cost: usage.cost,
  currency: usage.currency,
  co2e_grams: usage.co2e_grams,
})
