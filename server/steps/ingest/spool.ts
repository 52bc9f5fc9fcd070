import type { IngestOptions, IngestReport } from '../../contract/ingest'
import type { Candidate, Side } from './candidate'
import { fraction, hash64, HashSet } from './hash'
import { detectLanguage } from './language'
import type { LineFile } from './line-file'
import { maskRow } from './mask-row'
import { completionText, promptText, rowHash } from './row-texts'
import type { Ticket } from './selection'
import { maxRowBytes } from './source-row'
import { count, type Tally } from './tally'

/** What the report needs to know of a row once it is chosen. */
export interface RowNote extends Ticket {
  language: string
  channel: string | null
  promptLength: number
  completionLength: number
  mismatch: boolean
}

/** Stated languages are checked on the first rows only: a wrong column shows at once, and detection is the slowest part. */
const checkedRows = 1000

/** First half of ingest: redacts, drops duplicates, finds the language, and writes what is left to a spool file. */
export class Spool {
  readonly notes: RowNote[] = []
  readonly found: IngestReport['personal_data']['found'] = {}
  languagesChecked = 0
  private readonly seen = new HashSet()
  private readonly groups = { train: new HashSet(), validation: new HashSet() }

  constructor(
    private readonly file: LineFile,
    private readonly options: IngestOptions,
    private readonly tally: Tally,
  ) {}

  /** Takes a row, unless it was there before. Rows of the version that is appended to come first, with their side. */
  async add(candidate: Candidate, place: string): Promise<void> {
    const { side } = candidate
    if (side === undefined) this.tally.candidates += 1
    const masked = maskRow(candidate.row)
    const row = this.options.redact_personal_data ? masked.row : candidate.row
    const hash = rowHash(row)
    if (this.options.deduplicate && !this.seen.add(hash)) {
      this.tally.drop('duplicate', place, 'seen before')
      return
    }

    const completion = completionText(row)
    const check = candidate.languageIsStated && this.languagesChecked < checkedRows
    if (check) this.languagesChecked += 1
    const detected = candidate.language === null || check ? detectLanguage(completion) : null
    const language = candidate.language ?? detected?.language ?? 'und'
    const metadata = {
      ...row.metadata,
      language,
      ...(candidate.channel === null ? {} : { channel: candidate.channel }),
    }
    const line = JSON.stringify({ ...row, metadata })
    if (Buffer.byteLength(line) > maxRowBytes) {
      this.tally.drop('invalid_row', place, `the training row is longer than ${maxRowBytes} bytes`)
      return
    }

    const group = hash64(candidate.group)
    if (side !== undefined) this.groups[side].add(group)
    masked.found.forEach((type) => count(this.found, type))
    this.notes.push({
      stratum: `${language}/${candidate.channel ?? ''}`,
      rowFraction: fraction(hash),
      groupFraction: fraction(group),
      side: side ?? this.sideOf(group),
      appendedTo: side !== undefined,
      language,
      channel: candidate.channel,
      promptLength: promptText(row).length,
      completionLength: completion.length,
      mismatch: check && detected?.reliable === true && detected.language !== language.split('-')[0],
    })
    await this.file.write(line)
  }

  /** A new text of a product that was held back is held back, too: it must not be learned before it is judged on. */
  private sideOf(group: bigint): Side | null {
    if (this.groups.validation.has(group)) return 'validation'
    return this.groups.train.has(group) ? 'train' : null
  }
}
