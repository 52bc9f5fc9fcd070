import { createHash } from 'node:crypto'
import type { Artifact } from '../contract/models'

/** One hash for a set of artifacts: what a gate judged and what is served are the same exactly when these are equal. */
export const artifactHash = (artifacts: readonly Artifact[]): string =>
  createHash('sha256')
    .update(
      [...artifacts]
        .map(({ name, sha256 }) => `${name} ${sha256}`)
        .sort()
        .join('\n'),
    )
    .digest('hex')
