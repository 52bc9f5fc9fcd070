import { join } from 'node:path'

/** How a serving engine is started. Both speak the same protocol, and their ports answer the same calls. */
export interface ServingProgram {
  command: string
  args: readonly string[]
  cwd: string
  env?: Readonly<Record<string, string>>
}

/** node-llama-cpp over one GGUF; an adapter is a GGUF file. Default: this Node, and `llama` beside this file. */
export const llamaProgram = ({
  node = process.execPath,
  engineDir = join(__dirname, 'llama'),
}: {
  node?: string
  engineDir?: string
} = {}): ServingProgram => ({ command: node, args: ['main.mjs'], cwd: engineDir })

/**
 * Transformers over a folder of safetensors, for what llama.cpp cannot take; an adapter is a folder in PEFT's format.
 * Much slower. `enginesFolder` holds the `forge_engine` package.
 */
export const transformersProgram = ({
  python,
  enginesFolder,
  env = {},
}: {
  python: string
  enginesFolder: string
  env?: Readonly<Record<string, string>>
}): ServingProgram => ({ command: python, args: ['-m', 'forge_engine', 'serve'], cwd: enginesFolder, env })
