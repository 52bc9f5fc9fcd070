import type { Erasure } from '../contract/erasure'

/** What was erased, and what a person has to look at next. */
export const erasureReport = ({ id, removed, kept, ended_jobs, derived_datasets, models }: Erasure): string =>
  [
    `${id} erased: ${removed.length} blobs removed`,
    ...kept.map(
      ({ sha256, named_by, other_projects }) =>
        `${sha256.slice(0, 12)} stays: the same bytes are in ${[...named_by, ...(other_projects === 0 ? [] : [`${other_projects} of other projects`])].join(', ')}`,
    ),
    ...(ended_jobs.length === 0 ? [] : [`jobs ended: ${ended_jobs.join(', ')}`]),
    ...(derived_datasets.length === 0 ? [] : [`dataset versions made of it: ${derived_datasets.join(', ')}`]),
    ...models.map(
      ({ name, deployments }) =>
        `trained on it: ${name}${deployments.length === 0 ? '' : `, served as ${deployments.join(', ')}`}`,
    ),
  ].join('\n')
