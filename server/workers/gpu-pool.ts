import type { Resources } from '../contract/jobs'

/** The GPUs of this worker. Each belongs to one attempt at a time, whatever the server believes. */
export interface GpuPool {
  /** How many nobody holds. */
  free(): number
  /** Takes this many, in the order asked, once earlier attempts have let go. Throws the signal's reason. */
  take(count: number, signal: AbortSignal): Promise<HeldGpus>
}
export interface HeldGpus {
  /** As the CUDA driver names them. */
  ids: readonly string[]
  release(): void
}

interface Waiting {
  count: number
  give: (ids: string[]) => void
}

/** Throws when more are asked than there are: the server books no more than was offered. */
export const createGpuPool = (ids: readonly string[]): GpuPool => {
  const free = [...ids]
  const waiting: Waiting[] = []
  const serve = (): void => {
    // strictly in order: one that needs several must not be overtaken for ever
    for (let first = waiting[0]; first && first.count <= free.length; first = waiting[0]) {
      waiting.shift()
      first.give(free.splice(0, first.count))
    }
  }
  const holding = (taken: string[]): HeldGpus => {
    let held = true
    return {
      ids: taken,
      release: () => {
        if (!held) return
        held = false
        free.push(...taken)
        serve()
      },
    }
  }
  return {
    free: () => free.length,
    take: async (count, signal) => {
      if (count > ids.length) throw new Error(`${count} GPUs were asked of a worker that has ${ids.length}.`)
      signal.throwIfAborted()
      if (count === 0) return holding([])
      const turn = Promise.withResolvers<string[]>()
      const place: Waiting = { count, give: turn.resolve }
      const giveUp = (): void => {
        const at = waiting.indexOf(place)
        if (at === -1) return // it was served in this moment
        waiting.splice(at, 1)
        turn.reject(signal.reason)
        serve()
      }
      waiting.push(place)
      signal.addEventListener('abort', giveUp, { once: true })
      serve()
      try {
        return holding(await turn.promise)
      } finally {
        signal.removeEventListener('abort', giveUp)
      }
    },
  }
}

/**
 * What an engine sees of the GPUs: those it holds and no other. None is said in so many words: without the variable
 * CUDA would show all.
 */
export const gpuEnvironment = (ids: readonly string[]): Record<string, string> => ({
  CUDA_VISIBLE_DEVICES: ids.join(','),
})

const mebibyte = 1024 ** 2

/**
 * The GPUs in the answer of `nvidia-smi --query-gpu=index,uuid,memory.total --format=csv,noheader,nounits`, less those
 * that `visible` (this process's own CUDA_VISIBLE_DEVICES) leaves out. Memory is that of the smallest.
 */
export const readGpus = (
  answer: string,
  visible: string | undefined,
): Pick<Resources, 'gpus' | 'gpu_memory_bytes'> & { ids: string[] } => {
  const all = answer.split('\n').flatMap((line) => {
    const [index = '', id = '', memory = ''] = line.split(',').map((part) => part.trim())
    return Number(memory) > 0 ? [{ index, id, bytes: Number(memory) * mebibyte }] : []
  })
  const names = visible?.split(',').map((name) => name.trim())
  const found = all.filter(
    ({ index, id }) =>
      names === undefined || names.some((name) => name === index || (name.startsWith('GPU-') && id.startsWith(name))),
  )
  return {
    gpus: found.length,
    gpu_memory_bytes: found.length === 0 ? 0 : Math.min(...found.map(({ bytes }) => bytes)),
    ids: found.map(({ id }) => id),
  }
}
