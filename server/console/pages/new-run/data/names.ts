/** The rule for the name of a dataset, as `datasetName` of the contract has it. */
export const isDatasetName = (name: string): boolean => /^[a-z0-9][a-z0-9._-]{0,99}$/.test(name)
/** The rule for the name of a deployment, as `deploymentName` of the contract has it. */
export const isDeploymentName = (name: string): boolean => /^[a-z0-9][a-z0-9-]{0,62}$/.test(name)

const plain = (text: string, other: RegExp): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .toLowerCase()
    .replace(other, '-')
    .replace(/-{2,}/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')

/** A dataset's name made of a file's name, an address or anything else; `data` where nothing of it can stay. */
export const datasetNameOf = (text: string): string => {
  const file =
    text
      .split(/[?#]/)[0]
      ?.split('/')
      .findLast((part) => part !== '') ?? ''
  const name = plain(file.replace(/\.(csv|tsv|jsonl|ndjson|json|parquet|gz|zip)$/i, ''), /[^a-z0-9._-]+/g)
  return name.slice(0, 100) || 'data'
}

/** A deployment's name made of a dataset's. */
export const deploymentNameOf = (dataset: string): string => plain(dataset, /[^a-z0-9-]+/g).slice(0, 63) || 'model'
