import type { EnergyMethod } from '../../contract/usage'

/** Energy, time and money. */
export interface LedgerTables {
  'app.energy_sample': {
    owner: string
    meter: string
    sequence: number
    started_at: Date
    ended_at: Date
    joules: number
    method: EnergyMethod
    covers: string
    error_percent: number | null
    cpu_seconds: number
    gpu_seconds: number
  }
  'app.ledger_entry': {
    owner: string
    project_id: string
    job_id: string | null
    deployment_id: string | null
    model: string | null
    kind: string
    started_at: Date
    ended_at: Date
    energy_joules: number
    method: EnergyMethod | null
    covers: string[]
    cost: number
    currency: string
    co2e_grams: number
    cpu_seconds: number
    gpu_seconds: number
    tokens: number | null
  }
}
