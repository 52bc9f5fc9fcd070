import type { Draft } from './draft'

/** What a part of the page needs to show and change what was chosen. */
export interface DraftProps {
  draft: Draft
  change: (part: Partial<Draft>) => void
}
