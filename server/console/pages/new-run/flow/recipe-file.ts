import type { Json } from './json'
import { statedOptions, statedProductTexts, type Run } from './run'
import { stepsOf } from '../plan/draft'

/** A template that the recipe file names by its path, since it is no part of the file. */
interface Beside {
  path: string
  text: string
}

/** The recipe as `forge run` takes it: an object for YAML, and the templates that have to lie beside it. */
export const recipeFileOf = (run: Run): { recipe: Json; beside: Beside[] } => {
  const { dataset, source, locations, options, draft } = run
  const { prompt_template: prompt, system_template: system, ...columns } = statedProductTexts(options)
  const beside = [
    ...(prompt === undefined ? [] : [{ key: 'prompt', path: `${dataset}-prompt.md`, text: prompt }]),
    ...(typeof system === 'string' ? [{ key: 'system', path: `${dataset}-system.md`, text: system }] : []),
  ]
  const recipe = {
    name: dataset,
    ingest: {
      // other sources are files only once someone has fetched them: --data names the file then
      ...(source.type === 'files' ? { source: locations.length === 1 ? locations[0] : locations } : {}),
      // the file's default differs from the API's
      validation_split: options.validation_split,
      ...statedOptions(options),
      ...columns,
      ...Object.fromEntries(beside.map(({ key, path }) => [key, path])),
    },
    ...stepsOf(draft, dataset),
  } as Json
  return { recipe, beside }
}

const usage = (run: Run): string =>
  run.source.type === 'files'
    ? `npm run forge -- run ${run.dataset}.yaml`
    : `npm run forge -- run ${run.dataset}.yaml --data <file with the rows>`

/** The whole text. `stringify` is that of the library `yaml`, which is loaded when a file is asked for. */
export const recipeYaml = (run: Run, stringify: (value: unknown) => string): string => {
  const { recipe, beside } = recipeFileOf(run)
  const comment = [
    run.source.type === 'files'
      ? `Put it beside ${run.locations.join(', ')}, then:`
      : 'A recipe reads files. Fetch the rows first, then:',
    `  ${usage(run)}`,
    ...beside.flatMap(({ path, text }) => [`Beside it, as ${path}:`, ...text.split('\n').map((line) => `  ${line}`)]),
  ]
  return `${comment.map((line) => `# ${line}`.trimEnd()).join('\n')}\n${stringify(recipe)}`
}
