import { isUtf8 } from 'node:buffer'
import { IngestError } from './ingest-error'

/** Bytes the sequence that starts with `lead` should have; 0 for a byte that cannot start one. */
const sequenceLength = (lead: number): number =>
  lead < 0x80
    ? 1
    : lead >= 0xc2 && lead < 0xe0
      ? 2
      : lead >= 0xe0 && lead < 0xf0
        ? 3
        : lead >= 0xf0 && lead < 0xf5
          ? 4
          : 0

/** Bytes at the end of `chunk` that begin a sequence which the next chunk may complete. */
const unfinishedTail = (chunk: Buffer): number => {
  for (let back = 1; back <= Math.min(3, chunk.length); back++) {
    const byte = chunk[chunk.length - back] ?? 0
    if (byte >= 0xc0) return sequenceLength(byte) > back ? back : 0
    if (byte < 0x80) return 0
  }
  return 0
}

/** Position of the first byte of `bytes` that is not UTF-8; the length of `bytes` if all of it is. */
const firstBadByte = (bytes: Buffer): number => {
  let at = 0
  while (at < bytes.length) {
    const length = sequenceLength(bytes[at] ?? 0)
    if (length === 0 || !isUtf8(bytes.subarray(at, at + length)) || at + length > bytes.length) return at
    at += length
  }
  return at
}

/** Checks a stream of bytes as it passes by. Throws `not_utf8` with the offset of the first wrong byte. */
export class Utf8Check {
  private tail: Buffer = Buffer.alloc(0)
  private offset = 0

  constructor(private readonly filename: string) {}

  push(chunk: Buffer): void {
    const bytes = this.tail.length > 0 ? Buffer.concat([this.tail, chunk]) : chunk
    const whole = bytes.subarray(0, bytes.length - unfinishedTail(bytes))
    if (!isUtf8(whole)) this.fail(whole)
    this.offset += whole.length
    // a copy: the reader may reuse the chunk's memory
    this.tail = Buffer.from(bytes.subarray(whole.length))
  }

  end(): void {
    if (this.tail.length > 0) this.fail(this.tail)
  }

  private fail(bytes: Buffer): never {
    const at = firstBadByte(bytes)
    const value = (bytes[at] ?? 0).toString(16).padStart(2, '0')
    throw new IngestError(
      'not_utf8',
      `${this.filename} is not UTF-8: byte 0x${value} at offset ${this.offset + at}.`,
      'Save the file as UTF-8 (in Excel: "CSV UTF-8"), or convert it: iconv -f WINDOWS-1252 -t UTF-8.',
    )
  }
}
