import { createHash, type Hash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { StepFailed } from '../steps/handler'

const hubName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,95}\/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/
/** All that a stock model needs. Never Python files, pickles or folders: no code of a repository is run or kept. */
const wanted =
  /^(?:config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|model\.safetensors\.index)\.json$|^(?:merges\.txt|chat_template\.jinja|tokenizer\.model)$|^[A-Za-z0-9._-]+\.safetensors$/
const revision = z.object({
  sha: z.string().regex(/^[0-9a-f]{40}$/),
  siblings: z.array(
    z.object({
      rfilename: z.string(),
      size: z.int().min(0).optional(),
      blobId: z.string().optional(),
      lfs: z.object({ sha256: z.string() }).nullish(),
    }),
  ),
})
type HubFile = z.infer<typeof revision>['siblings'][number]

/** Whether a name has the form of a Hugging Face id, `org/name`. */
export const isHubName = (name: string): boolean => hubName.test(name)

interface Access {
  signal: AbortSignal
  /** Of the hub, for models behind a login. */
  token?: string | undefined
}

const get = async (url: string, name: string, { signal, token }: Access): Promise<Response> => {
  let response
  try {
    // a redirect to the hub's store on another host goes without the token: fetch drops it there
    response = await fetch(url, { signal, headers: token === undefined ? {} : { Authorization: `Bearer ${token}` } })
  } catch (error) {
    signal.throwIfAborted()
    throw new StepFailed(
      'model_not_loadable',
      `The base model "${name}" is not on this worker, and ${new URL(url).host} cannot be reached (${String((error as Error).cause ?? error)}). ` +
        'Put its files into a folder of the models folder and use folder:<name>, or set FORGE_HF_ENDPOINT to a mirror.',
      { cause: error },
    )
  }
  if (response.ok) return response
  throw new StepFailed(
    'model_not_loadable',
    `${new URL(url).host} answers ${response.status} for the base model "${name}". Check its name; a model behind a login needs hub_connection when it is fine-tuned, and a token that may read it.`,
  )
}

/** Large files are named by their SHA-256; small ones by git's blob hash. */
const expectedHash = ({ lfs, blobId, size }: HubFile): { hash: Hash; expected: string } | null => {
  if (lfs) return { hash: createHash('sha256'), expected: lfs.sha256 }
  if (blobId === undefined || size === undefined) return null
  return { hash: createHash('sha1').update(`blob ${size}\0`), expected: blobId }
}

const save = async (
  response: Response,
  path: string,
  file: HubFile,
  name: string,
  signal: AbortSignal,
): Promise<void> => {
  const check = expectedHash(file)
  if (check === null || response.body === null)
    throw new StepFailed(
      'model_not_loadable',
      `The hub names no hash for ${file.rfilename} of "${name}", so it cannot be trusted.`,
    )
  const { hash, expected } = check
  const hashing = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  await pipeline(Readable.fromWeb(response.body), hashing, createWriteStream(path, { flush: true }), { signal })
  const actual = hash.digest('hex')
  if (actual !== expected)
    throw new StepFailed(
      'model_not_loadable',
      `${file.rfilename} of "${name}" was damaged on its way (hash ${actual}, not ${expected}). Run the job again.`,
    )
}

/**
 * Downloads config, tokenizer and safetensors of a hub model, each checked by its hash, and gives their folder. A
 * revision that is there is used without asking the hub. Throws StepFailed `model_not_loadable`.
 */
export const downloadHubModel = async ({
  name,
  cacheDir,
  endpoint,
  ...access
}: Access & {
  name: string
  cacheDir: string
  endpoint: string
}): Promise<string> => {
  const home = join(cacheDir, name.replace('/', '--'))
  await mkdir(home, { recursive: true })
  const [known] = (await readdir(home)).filter((entry) => /^[0-9a-f]{40}$/.test(entry)).sort()
  if (known !== undefined) return join(home, known)

  const root = endpoint.replace(/\/$/, '')
  const { sha, siblings } = revision.parse(
    await (await get(`${root}/api/models/${name}?blobs=true`, name, access)).json(),
  )
  const files = siblings.filter(({ rfilename }) => wanted.test(rfilename))
  if (!files.some(({ rfilename }) => rfilename.endsWith('.safetensors'))) {
    throw new StepFailed(
      'model_not_loadable',
      `"${name}" has no safetensors. Forge loads no pickled weights; choose a repository that has them.`,
    )
  }
  const partial = await mkdtemp(join(home, 'partial-'))
  try {
    for (const file of files) {
      await save(
        await get(`${root}/${name}/resolve/${sha}/${file.rfilename}`, name, access),
        join(partial, file.rfilename),
        file,
        name,
        access.signal,
      )
    }
    await rename(partial, join(home, sha))
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
  return join(home, sha)
}
