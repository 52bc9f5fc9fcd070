import { z } from 'zod'

/**
 * The meter's JSON lines: commands on stdin, events on stdout. `server/python/forge_engine/meter.py` speaks the other
 * side. The meter exits when its stdin closes.
 *
 * Per meter, `joules` = `idle_joules` + the rows of every group + the row of `other`, to the microjoule.
 */

const method = z.enum(['measured', 'configured', 'modelled', 'apportioned'])

export const meterCommand = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('watch'),
    group: z.string().min(1).describe('e.g. the attempt id'),
    pgid: z.int().min(2),
    gpus: z
      .array(z.int().min(0))
      .optional()
      .describe('GPUs it was given; counts where the process list of the GPU cannot be read, as in a container'),
  }),
  z.object({ type: z.literal('unwatch'), group: z.string().min(1) }).describe('emits a last sample first'),
])

const meterReading = z.object({
  meter: z.string().describe('`cpu` or `gpu-<index>`'),
  method,
  joules: z.number().min(0),
  idle_joules: z.number().min(0).describe("what the device draws doing nothing: the worker's own row"),
  covers: z.string(),
  error_percent: z.number().min(0),
})

const meterUsage = z.object({
  cpu_seconds: z.number().min(0),
  gpu_seconds: z.number().min(0).describe('GPUs held times interval; a shared GPU counts in part'),
  cpu_joules: z.number().min(0),
  gpu_joules: z.number().min(0),
  method: method.describe('the least certain of its rows'),
  rows: z.array(z.object({ meter: z.string(), joules: z.number().min(0), method, gpu_seconds: z.number().min(0) })),
})

const meterSample = z.object({
  type: z.literal('sample'),
  sequence: z.int().min(0).describe('follows the clock, so that a restarted meter repeats none; fits 32 bits'),
  interval_seconds: z.number().min(0),
  started_at: z.iso.datetime(),
  ended_at: z.iso.datetime(),
  meters: z.array(meterReading),
  groups: z.array(meterUsage.extend({ group: z.string() })),
  other: meterUsage.describe('whatever nobody watches'),
})

export const meterEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), protocol: z.literal(1), pid: z.int() }),
  z
    .object({ type: z.literal('refused'), holder_pid: z.int().nullable(), message: z.string() })
    .describe('another meter of this host holds the lock; exit status 0 follows'),
  z.object({ type: z.literal('log'), level: z.enum(['info', 'warning', 'error']), message: z.string() }),
  meterSample,
])

export type MeterCommand = z.infer<typeof meterCommand>
export type MeterSample = z.infer<typeof meterSample>
