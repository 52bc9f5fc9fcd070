import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Logger } from 'pino'
import { createClient } from './client/client'
import { ConfigurationError, type Config } from './config'
import type { Resources } from './contract/jobs'
import { startWorker, type Worker } from './workers/worker'

export interface WorkOptions {
  serverUrl: string
  key: string
  root: string
  log: Logger
}

const mebibyte = 1024 ** 2

/** The GPUs that the driver lists; none where there is no driver. */
const findGpus = async (log: Logger): Promise<Pick<Resources, 'gpus' | 'gpu_memory_bytes'>> => {
  try {
    const { stdout } = await promisify(execFile)(
      'nvidia-smi',
      ['--query-gpu=memory.total', '--format=csv,noheader,nounits'],
      { timeout: 10_000 },
    )
    const memories = stdout
      .trim()
      .split('\n')
      .map(Number)
      .filter((memory) => memory > 0)
    return { gpus: memories.length, gpu_memory_bytes: memories.length === 0 ? 0 : Math.min(...memories) * mebibyte }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      log.warn({ err: error }, 'nvidia-smi did not answer: this worker offers no GPU')
    return { gpus: 0, gpu_memory_bytes: 0 }
  }
}

/** Starts a worker of this machine for a server. */
export const work = async (config: Config, { serverUrl, key, root, log }: WorkOptions): Promise<Worker> => {
  const python = config.python ?? join(root, '.venv', 'bin', 'python')
  if (!existsSync(python))
    throw new ConfigurationError(`There is no Python at ${python}: run \`npm run setup\`, or set FORGE_PYTHON.`)
  return await startWorker({
    client: createClient({ baseUrl: serverUrl, apiKey: key }),
    name: config.workerName,
    dataDir: join(config.dataDir, 'worker'),
    modelsDir: config.modelsDir,
    resources: { cpus: availableParallelism(), memory_bytes: totalmem(), ...(await findGpus(log)), labels: {} },
    python,
    enginesFolder: join(root, 'server', 'python'),
    servingEngineDir: join(root, 'server', 'engines', 'llama'),
    servingThreads: config.servingThreads,
    hubEndpoint: config.hubUrl,
    ...(config.meter ? {} : { meterLockPath: null }),
    log,
  })
}
