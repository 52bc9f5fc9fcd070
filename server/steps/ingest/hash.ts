import { createHash } from 'node:crypto'

/** The first 8 bytes of a text's SHA-256: at 10 million rows two different texts meet with odds of 1 in 370,000. */
export const hash64 = (text: string): bigint => createHash('sha256').update(text).digest().readBigUInt64BE(0)

/** A hash as a number in [0, 1): the same text always falls on the same side of a threshold. */
export const fraction = (hash: bigint): number => Number(hash >> 11n) / 2 ** 53

/** A set of 64-bit hashes in one flat array: at most 32 bytes per entry, where a `Set` of bigints takes about 80. */
export class HashSet {
  private slots = new BigUint64Array(1024)
  private size = 0

  /** Adds the hash; false if it was there already. */
  add(hash: bigint): boolean {
    // 0 marks a free slot
    const key = hash === 0n ? 1n : hash
    if (!this.insert(this.slots, key)) return false
    this.size += 1
    if (this.size * 2 > this.slots.length) this.grow()
    return true
  }

  has(hash: bigint): boolean {
    const key = hash === 0n ? 1n : hash
    const mask = this.slots.length - 1
    for (let at = Number(key & BigInt(mask)); ; at = (at + 1) & mask) {
      if (this.slots[at] === key) return true
      if (this.slots[at] === 0n) return false
    }
  }

  private insert(slots: BigUint64Array, key: bigint): boolean {
    const mask = slots.length - 1
    for (let at = Number(key & BigInt(mask)); ; at = (at + 1) & mask) {
      if (slots[at] === key) return false
      if (slots[at] === 0n) {
        slots[at] = key
        return true
      }
    }
  }

  private grow(): void {
    const larger = new BigUint64Array(this.slots.length * 2)
    for (const key of this.slots) if (key !== 0n) this.insert(larger, key)
    this.slots = larger
  }
}
