import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { recipeFile } from '../../server/contract/recipe-file'

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'recipes.md'), 'utf8')
const steps = ['ingest', 'fine_tune', 'evaluate', 'deploy', 'generate']

interface Shaped {
  shape?: Record<string, z.ZodType>
  def: { innerType?: Shaped }
}

/** The object below defaults and optionals, or undefined where a key holds no fixed keys. */
const shapeOf = (schema: Shaped): Record<string, z.ZodType> | undefined =>
  schema.shape ?? (schema.def.innerType ? shapeOf(schema.def.innerType) : undefined)

/** `ingest.mapping` is explained in its own row: its keys are no keys of the recipe. */
const keysOf = (schema: z.ZodType, prefix: string): string[] =>
  Object.entries(shapeOf(schema as unknown as Shaped) ?? {}).flatMap(([name, field]) => {
    const key = prefix === '' ? name : `${prefix}.${name}`
    const below = key === 'ingest.mapping' ? [] : keysOf(field, key)
    return steps.includes(key) ? below : [key, ...below]
  })

test('the page of recipes has one row for every key of the recipe file, and none for others', () => {
  const documented = [
    ...page.matchAll(/^\| `((?:name|(?:ingest|fine_tune|evaluate|deploy|generate)\.[a-z_.]+))` \|/gm),
  ].map(([, key = '']) => key)

  expect(documented.sort()).toEqual(keysOf(recipeFile, '').sort())
})

test('the smallest recipe on the page is a recipe', () => {
  expect(recipeFile.safeParse({ name: 'my-shop', ingest: { source: 'products.csv' }, fine_tune: {} }).success).toBe(
    true,
  )
})
