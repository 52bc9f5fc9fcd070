import { dirname, resolve } from 'node:path'
import type { z } from 'zod'
import type { ForgeClient } from '../client/client'
import { defaultPromptTemplate, ingestOptions, type ProductFormat } from '../contract/ingest'
import { recipeFile, type RecipeFile } from '../contract/recipe-file'
import type { recipe } from '../contract/recipes'
import { textRules, type TextRules } from '../contract/text-rules'
import { CliError } from './cli-error'
import { readText, requireFile, uploadFile } from './read-file'
import { parseYaml } from './read-yaml'

export type RecipeInput = z.input<typeof recipe>

/** A recipe file with everything it points to, read and checked; nothing is uploaded yet. */
export interface LoadedRecipe {
  file: RecipeFile
  /** absolute paths */
  sources: string[]
  prompt: string
  system: string | null
  rules: TextRules | null
  generate: { source: string; format: ProductFormat; prompt: string } | null
}

const hint =
  'examples/ecommerce-content/recipe.yaml is a working recipe; server/contract/recipe-file.ts lists every key.'

const productFormatOf = (path: string, file: RecipeFile): ProductFormat => {
  const format = file.generate?.format ?? file.ingest.format
  if (format === 'shopify-products' || format === 'woocommerce-products') return format
  throw new CliError(
    `${path} generate.format: "${format}" is no product export.`,
    'Set generate.format to shopify-products or woocommerce-products.',
  )
}

/**
 * Reads a recipe and the templates and rules it names, and checks that its data is there.
 * @param data - replaces `ingest.source`; relative to the working folder
 * Throws CliError with file, line and key.
 */
export const readRecipe = async (path: string, data?: string): Promise<LoadedRecipe> => {
  const file = parseYaml(path, await readText(path), recipeFile, hint)
  const beside = (name: string): string => resolve(dirname(path), name)
  const text = async (name: string | undefined): Promise<string | null> =>
    name === undefined ? null : await readText(beside(name))

  const named = file.ingest.source ?? []
  const sources = data === undefined ? [named].flat().map(beside) : [resolve(data)]
  if (sources.length === 0)
    throw new CliError(
      `${path} ingest.source is missing.`,
      'Name the file there, or run the recipe with --data <file.csv>.',
    )
  const prompt = (await text(file.ingest.prompt)) ?? defaultPromptTemplate
  const loaded: LoadedRecipe = {
    file,
    sources,
    prompt,
    system: await text(file.ingest.system),
    rules:
      file.evaluate?.rules === undefined
        ? null
        : parseYaml(
            file.evaluate.rules,
            await readText(beside(file.evaluate.rules)),
            textRules,
            'server/contract/text-rules.ts lists every key.',
          ),
    generate: file.generate
      ? {
          source: beside(file.generate.source),
          format: productFormatOf(path, file),
          prompt: (await text(file.generate.prompt)) ?? prompt,
        }
      : null,
  }
  for (const source of [...sources, ...(loaded.generate ? [loaded.generate.source] : [])]) await requireFile(source)
  return loaded
}

/** The recipe as the API takes it, once its files have ids. */
export const toRecipe = (
  { file, prompt, system, rules, generate }: LoadedRecipe,
  fileIds: string[],
  generateFileId: string | null,
): RecipeInput => {
  const { columns, fact_columns } = file.ingest
  return {
    name: file.name,
    ingest: {
      file_ids: fileIds,
      options: {
        // the file's own keys (paths, columns) are no options: parsing leaves them out
        ...ingestOptions.parse(file.ingest),
        product_texts: { prompt_template: prompt, system_template: system, columns, fact_columns },
      },
    },
    fine_tune: file.fine_tune,
    ...(file.evaluate ? { evaluate: { ...file.evaluate, rules } } : {}),
    ...(file.deploy ? { deploy: file.deploy } : {}),
    ...(file.generate && generate && generateFileId !== null
      ? {
          generate: {
            file_id: generateFileId,
            format: generate.format,
            prompt_template: generate.prompt,
            languages: file.generate.languages,
            channels: file.generate.channels,
            fact_columns: file.generate.fact_columns ?? fact_columns,
            max_tokens: file.generate.max_tokens,
            compare_items: file.generate.compare_items,
          },
        }
      : {}),
  }
}

/** Reads a recipe, uploads what it needs and gives the body of `POST /v1/recipes`. Throws CliError, ApiError. */
export const loadRecipe = async (client: ForgeClient, path: string, data?: string): Promise<RecipeInput> => {
  const loaded = await readRecipe(path, data)
  const fileIds: string[] = []
  for (const source of loaded.sources) fileIds.push((await uploadFile(client, source, 'dataset')).id)
  const generateFile = loaded.generate ? await uploadFile(client, loaded.generate.source, 'dataset') : null
  return toRecipe(loaded, fileIds, generateFile?.id ?? null)
}
