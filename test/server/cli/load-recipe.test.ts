import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CliError } from '../../../server/cli/cli-error'
import { readRecipe, toRecipe } from '../../../server/cli/load-recipe'
import { recipe } from '../../../server/contract/recipes'

const examples = join(__dirname, '..', '..', '..', 'examples')
let folder: string

const write = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}
const problem = async (path: string, data?: string): Promise<CliError> => {
  const error: unknown = await readRecipe(path, data).catch((caught: unknown) => caught)
  if (!(error instanceof CliError)) throw new Error(`expected a CliError, not ${String(error)}`)
  return error
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-recipe-'))
  await write('data.csv', 'Handle,Title,Body (HTML)\na,A,Text\n')
})
afterEach(() => rm(folder, { recursive: true }))

test('the example recipe becomes what the API takes', async () => {
  const loaded = await readRecipe(join(examples, 'ecommerce-content', 'recipe.yaml'))
  const given = recipe.parse(toRecipe(loaded, ['file_a'], 'file_b'))
  expect(given.ingest).toMatchObject({ file_ids: ['file_a'], options: { format: 'shopify-products', max_rows: 440 } })
  expect(given.ingest.options.product_texts.columns).toHaveLength(9)
  expect(given.evaluate?.rules?.channels['shop']?.closing['de']).toBe('Gemacht, um zu bleiben.')
  expect(given.generate).toMatchObject({
    file_id: 'file_b',
    format: 'shopify-products',
    fact_columns: { de: ['Facts DE'] },
  })
  // training and generation must ask alike
  expect(given.generate?.prompt_template).toBe(given.ingest.options.product_texts.prompt_template)
})

test.each(['shopify', 'woocommerce'])('the %s recipe for own data takes its data from the command', async (shop) => {
  const path = join(examples, 'own-data', `${shop}.yaml`)
  const loaded = await readRecipe(path, join(folder, 'data.csv'))
  expect(loaded.sources).toEqual([join(folder, 'data.csv')])
  expect(recipe.parse(toRecipe(loaded, ['file_a'], null)).ingest.options).toMatchObject({
    format: `${shop}-products`,
    product_texts: { columns: null },
  })
  expect((await problem(path)).hint).toContain('--data')
})

test('a misspelt key is named with its file and line', async () => {
  const path = await write(
    'recipe.yaml',
    'name: shop\ningest:\n  source: data.csv\n  validation_spilt: 0.1\nfine_tune: {}\n',
  )
  const { message } = await problem(path)
  expect(message).toContain(`${path}:4 ingest.validation_spilt: "validation_spilt" is not a key here`)
})

test('every mistake is reported at once, deep ones too', async () => {
  const path = await write(
    'recipe.yaml',
    [
      'name: Shop',
      'ingest: { source: data.csv }',
      'fine_tune:',
      '  hyperparameters:',
      '    epochs: none',
      'evaluate:',
      '  gate:',
      '    loss: { improve: 1 }',
      '',
    ].join('\n'),
  )
  const { message } = await problem(path)
  expect(message).toContain('3 mistakes')
  expect(message).toContain(`${path}:1 name: lower case letters`)
  expect(message).toContain(`${path}:5 fine_tune.hyperparameters.epochs`)
  expect(message).toContain(`${path}:8 evaluate.gate.loss.improve`)
})

test('YAML that cannot be read is reported with its line', async () => {
  const path = await write('recipe.yaml', 'name: shop\ningest: { source: data.csv\nfine_tune: {}\n')
  expect((await problem(path)).message).toMatch(/not YAML[\s\S]*recipe\.yaml:\d/)
})

test('a file that a recipe names and that is not there is named', async () => {
  const path = await write('recipe.yaml', 'name: shop\ningest: { source: other.csv }\nfine_tune: {}\n')
  expect((await problem(path)).message).toBe(`There is no file ${join(folder, 'other.csv')}.`)
})

test('an empty file and a folder are refused before anything is uploaded', async () => {
  await write('empty.csv', '')
  await mkdir(join(folder, 'sub'))
  const path = await write('recipe.yaml', 'name: shop\ningest: {}\nfine_tune: {}\n')
  expect((await problem(path, join(folder, 'empty.csv'))).message).toContain('is empty')
  expect((await problem(path, join(folder, 'sub'))).message).toContain('is not a file')
})

test('generate needs a product export', async () => {
  const path = await write(
    'recipe.yaml',
    'name: shop\ningest: { source: data.csv }\nfine_tune: {}\ngenerate: { source: data.csv }\n',
  )
  expect((await problem(path)).message).toContain('generate.format: "auto" is no product export')
})
