import { z } from 'zod'

/**
 * How a figure came about, best first. `measured`: a hardware counter, all of it or split by busy time. `configured`: CPU
 * seconds times the watts per core that FORGE_CPU_WATTS says. `modelled`: the same with those of the class of CPU, or a
 * GPU's power times the time. `apportioned`: equal shares of a shared device. `estimated`: nobody was measuring.
 */
export const energyMethod = z.enum(['measured', 'configured', 'modelled', 'apportioned', 'estimated'])
export type EnergyMethod = z.infer<typeof energyMethod>

/** What a job, deployment or day used. Costs and emissions are sums over samples, each at the tariff of its time. */
export const usage = z.object({
  energy_joules: z.number().min(0),
  method: energyMethod.nullable().describe('the least certain of its samples; null while nothing was metered'),
  covers: z.array(z.string()).describe('which hardware the joules are of'),
  cost: z.number().min(0).describe('energy and device time, in `currency`, not rounded'),
  currency: z.string().length(3),
  co2e_grams: z.number().min(0),
  gpu_seconds: z.number().min(0),
  cpu_seconds: z.number().min(0),
  tokens: z.int().min(0).nullable().describe('tokens trained on or generated; null where tokens are not the unit'),
})
export type Usage = z.infer<typeof usage>
