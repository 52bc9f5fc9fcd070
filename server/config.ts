import { availableParallelism, hostname } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { priceTable } from './contract/prices'
import { parseSecretKey } from './connections/secret-keys'
import { isLoopbackHost, parseAllowList } from './outgoing/address-check'

const flag = z.enum(['true', 'false']).transform((value) => value === 'true')
const integer = (fallback: number) => z.coerce.number().int().default(fallback)
const seconds = (fallback: number) => z.coerce.number().positive().default(fallback)

const secretKey = z.string().transform((text, ctx): Buffer => {
  const bytes = parseSecretKey(text)
  if (bytes !== null) return bytes
  ctx.addIssue({ code: 'custom', message: 'must be 32 bytes in base64 or hex: `openssl rand -base64 32` makes one' })
  return z.NEVER
})

/** Every setting, its meaning and its default. `FORGE_` names that are not here stop the start. */
const settings = z.strictObject({
  FORGE_HOST: z.string().default('127.0.0.1').describe('address to listen on'),
  FORGE_PORT: integer(8470).pipe(z.int().min(0).max(65_535)).describe('0 takes a free one'),
  FORGE_DATA_DIR: z.string().default('.forge'),
  FORGE_DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must be a postgres:// URL')
    .optional()
    .describe('unset: embedded PostgreSQL in the data folder'),
  FORGE_BLOB_URL: z
    .string()
    .regex(/^file:/, 'must be a file: URL')
    .optional()
    .describe('unset: `blobs` in the data folder'),
  FORGE_PUBLIC_URL: z.url().optional().describe('the address people use, when it is not host and port'),
  FORGE_ADMIN_KEY: z
    .string()
    .min(20, 'must have at least 20 characters')
    .optional()
    .describe('unset: generated into the data folder'),
  FORGE_WORKER_KEY: z
    .string()
    .min(20, 'must have at least 20 characters')
    .optional()
    .describe('unset: generated into the data folder'),
  FORGE_SECRET_KEY: secretKey
    .optional()
    .describe(
      'encrypts connections and signing secrets; unset: `secret.key` of the data folder, which `forge start` generates',
    ),
  FORGE_PREVIOUS_SECRET_KEY: secretKey.optional().describe('the one before, until the connections are encrypted again'),
  FORGE_SERVER_URL: z.url().optional().describe('for `forge work` and the CLI'),
  FORGE_API_KEY: z.string().optional().describe('for the CLI; unset: the admin key of the data folder'),
  FORGE_WORKER_NAME: z.string().default(hostname()),
  FORGE_MODELS_DIR: z.string().default('.models').describe('folder of base models'),
  FORGE_PYTHON: z.string().optional().describe('unset: the .venv of the set-up'),
  FORGE_SERVING_THREADS: integer(availableParallelism()).pipe(z.int().positive()),
  FORGE_HF_ENDPOINT: z.url().default('https://huggingface.co').describe('hub that base models come from'),
  FORGE_OUTGOING_ALLOW: z
    .string()
    .superRefine((text, ctx) => {
      try {
        parseAllowList(text)
      } catch (error) {
        ctx.addIssue({ code: 'custom', message: (error as Error).message })
      }
    })
    .optional()
    .describe('hosts, host:port and networks that outgoing connections may reach besides public addresses'),
  FORGE_UPLOAD_LIMIT_BYTES: integer(5 * 1024 ** 3).pipe(z.int().positive()),
  FORGE_LEASE_SECONDS: seconds(30),
  FORGE_HEARTBEAT_SECONDS: seconds(10),
  FORGE_OFFLINE_GRACE_SECONDS: seconds(1800),
  FORGE_PAUSE_LIMIT_SECONDS: seconds(300),
  FORGE_AFFINITY_WAIT_SECONDS: z.coerce
    .number()
    .min(0)
    .default(300)
    .describe('how long a lost job waits for the worker that holds its newest checkpoint'),
  FORGE_DRAIN_SECONDS: seconds(60).describe('how long an old replica may finish its requests'),
  FORGE_EVENT_RETENTION_DAYS: integer(90)
    .pipe(z.int().min(0).max(36_500))
    .describe('how long events and their deliveries are kept; 0: for ever'),
  FORGE_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  FORGE_METER: flag.default(true).describe('false: no energy figures'),
  FORGE_CPU_WATTS: z.coerce
    .number()
    .positive()
    .max(1000)
    .optional()
    .describe("watts of a busy core for the CPU energy model, where no counter can be read; unset: by the CPU's class"),
  FORGE_PRICES: z
    .string()
    .default('{}')
    .transform((text, ctx): z.infer<typeof priceTable> => {
      try {
        return priceTable.parse(JSON.parse(text))
      } catch (error) {
        ctx.addIssue({
          code: 'custom',
          message: `must be JSON as docs/configuration.md shows (${(error as Error).message.split('\n')[0] ?? ''})`,
        })
        return z.NEVER
      }
    })
    .describe('prices, device rates and grid intensity, as JSON'),
})

/** On one laptop n8n, Airflow and data sources sit on loopback; a server that others reach must not lead them to its own. */
const outgoingDefault = (host: string, serverUrl: string | undefined): string =>
  isLoopbackHost(host) && (serverUrl === undefined || isLoopbackHost(new URL(serverUrl).hostname))
    ? '127.0.0.1/8,::1/128'
    : ''

/** The name of every setting; docs/configuration.md must explain each. */
export const settingNames = Object.keys(settings.shape)

export type Config = ReturnType<typeof readConfig>

/** A setting that is wrong; its message lists all of them. The process ends with code 78 (EX_CONFIG). */
export class ConfigurationError extends Error {}

/** The wrong value; keys and passwords in addresses stay out of messages and logs. */
const shown = (name: string, given: NodeJS.ProcessEnv): string =>
  name.endsWith('_KEY') ? '' : ` (got ${JSON.stringify(given[name]?.replace(/\/\/[^/@]*@/, '//…@'))})`

/** Reads all of the environment at once. Throws ConfigurationError naming every problem. Relative folders start at `root`. */
export const readConfig = (environment: NodeJS.ProcessEnv, root: string) => {
  const given = Object.fromEntries(
    Object.entries(environment).filter(
      ([name, value]) =>
        name.startsWith('FORGE_') && !name.startsWith('FORGE_TEST_') && value !== undefined && value !== '',
    ),
  )
  const parsed = settings.safeParse(given)
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => `${key}: there is no such setting`)
        : [`${issue.path.join('.')}: ${issue.message}${shown(String(issue.path[0]), given)}`],
    )
    throw new ConfigurationError(
      `These settings are wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}\ndocs/configuration.md lists all of them.`,
    )
  }
  const values = parsed.data
  const dataDir = resolve(root, values.FORGE_DATA_DIR)
  return {
    host: values.FORGE_HOST,
    port: values.FORGE_PORT,
    dataDir,
    databaseUrl: values.FORGE_DATABASE_URL,
    blobDir: values.FORGE_BLOB_URL ? fileURLToPath(values.FORGE_BLOB_URL) : resolve(dataDir, 'blobs'),
    publicUrl: values.FORGE_PUBLIC_URL,
    adminKey: values.FORGE_ADMIN_KEY,
    workerKey: values.FORGE_WORKER_KEY,
    secretKey: values.FORGE_SECRET_KEY,
    previousSecretKey: values.FORGE_PREVIOUS_SECRET_KEY,
    serverUrl: values.FORGE_SERVER_URL,
    apiKey: values.FORGE_API_KEY,
    workerName: values.FORGE_WORKER_NAME,
    modelsDir: resolve(root, values.FORGE_MODELS_DIR),
    python: values.FORGE_PYTHON,
    servingThreads: values.FORGE_SERVING_THREADS,
    hubUrl: values.FORGE_HF_ENDPOINT,
    outgoingAllow: parseAllowList(
      values.FORGE_OUTGOING_ALLOW ?? outgoingDefault(values.FORGE_HOST, values.FORGE_SERVER_URL),
    ),
    uploadLimitBytes: values.FORGE_UPLOAD_LIMIT_BYTES,
    lease: {
      leaseSeconds: values.FORGE_LEASE_SECONDS,
      heartbeatSeconds: values.FORGE_HEARTBEAT_SECONDS,
      offlineGraceSeconds: values.FORGE_OFFLINE_GRACE_SECONDS,
      pauseLimitSeconds: values.FORGE_PAUSE_LIMIT_SECONDS,
      affinityWaitSeconds: values.FORGE_AFFINITY_WAIT_SECONDS,
    },
    drainSeconds: values.FORGE_DRAIN_SECONDS,
    eventRetentionDays: values.FORGE_EVENT_RETENTION_DAYS,
    logLevel: values.FORGE_LOG_LEVEL,
    meter: values.FORGE_METER,
    cpuWatts: values.FORGE_CPU_WATTS,
    prices: values.FORGE_PRICES,
  }
}
