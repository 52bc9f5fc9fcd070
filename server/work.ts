import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Logger } from 'pino'
import { createClient } from './client/client'
import { ConfigurationError, type Config } from './config'
import { readGpus } from './workers/gpu-pool'
import { startWorker, type Worker } from './workers/worker'

export interface WorkOptions {
  serverUrl: string
  key: string
  root: string
  log: Logger
}

/** The GPUs that the driver lists; none where there is no driver. */
const findGpus = async (log: Logger): Promise<ReturnType<typeof readGpus>> => {
  try {
    const { stdout } = await promisify(execFile)(
      'nvidia-smi',
      ['--query-gpu=index,uuid,memory.total', '--format=csv,noheader,nounits'],
      { timeout: 10_000 },
    )
    return readGpus(stdout, process.env['CUDA_VISIBLE_DEVICES'])
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      log.warn({ err: error }, 'nvidia-smi did not answer: this worker offers no GPU')
    return readGpus('', undefined)
  }
}

/** Starts a worker of this machine for a server. */
export const work = async (config: Config, { serverUrl, key, root, log }: WorkOptions): Promise<Worker> => {
  const python = config.python ?? join(root, '.venv', 'bin', 'python')
  if (!existsSync(python))
    throw new ConfigurationError(`There is no Python at ${python}: run \`npm run setup\`, or set FORGE_PYTHON.`)
  const { ids: gpuIds, ...gpus } = await findGpus(log)
  return await startWorker({
    client: createClient({ baseUrl: serverUrl, apiKey: key }),
    name: config.workerName,
    dataDir: join(config.dataDir, 'worker'),
    modelsDir: config.modelsDir,
    resources: { cpus: availableParallelism(), memory_bytes: totalmem(), ...gpus, labels: {} },
    gpuIds,
    python,
    enginesFolder: join(root, 'server', 'python'),
    servingEngineDir: join(root, 'server', 'engines', 'llama'),
    servingThreads: config.servingThreads,
    hubEndpoint: config.hubUrl,
    outgoingAllow: config.outgoingAllow,
    sourceLimitBytes: config.uploadLimitBytes,
    ...(config.meter ? {} : { meterLockPath: null }),
    ...(config.cpuWatts === undefined ? {} : { wattsPerCore: config.cpuWatts }),
    log,
  })
}
