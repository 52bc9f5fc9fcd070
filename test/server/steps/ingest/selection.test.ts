import fc from 'fast-check'
import { fraction, hash64, HashSet } from '../../../../server/steps/ingest/hash'
import { maskPersonalData } from '../../../../server/steps/ingest/personal-data'
import { sampleRows, validationThreshold } from '../../../../server/steps/ingest/selection'
import { readRows, workspace } from './workspace'

const pairs = (rows: number) =>
  `prompt,completion,language\n${Array.from({ length: rows }, (_unused, index) => `prompt ${index % (rows / 2)},answer ${index},x`).join('\n')}\n`

test('duplicates are found whatever their white space, and can be kept', async () => {
  const space = workspace()
  const file = space.file('twins.csv', 'prompt,completion\na,b c\n a,"b  c"\na,d\n')
  expect((await space.ingest(file)).report).toMatchObject({ rows_kept: 2, duplicates: 1 })
  expect((await space.ingest(file, { deduplicate: false })).report).toMatchObject({ rows_kept: 3, duplicates: 0 })
  space.close()
})

test('the same file and options give the same bytes, and answers to one prompt stay together', async () => {
  const space = workspace()
  const file = space.file('pairs.csv', pairs(600))
  const options = { validation_split: 0.2, max_rows: 300 }
  const first = await space.ingest(file, options)
  const second = await space.ingest(file, options)
  const rows = readRows(first.train.path)
  expect(rows).toEqual(readRows(second.train.path))
  expect(first.report).toMatchObject({ rows_kept: 300, rows_dropped: { over_max_rows: 300 } })
  const held = new Set(readRows(first.validation?.path ?? '').map((row) => row.messages[0]?.content))
  expect(rows.some((row) => held.has(row.messages[0]?.content))).toBe(false)
  expect(Math.abs(first.report.validation_rows - 60)).toBeLessThan(35)
  expect(space.progress.at(-1)).toEqual({ step: 600, total: 600, unit: 'rows' })
  space.close()
})

test('a sample keeps the shares of its strata and never exceeds the limit', () => {
  const ticket = (stratum: string, index: number) => ({
    stratum,
    rowFraction: fraction(hash64(`${stratum}${index}`)),
    groupFraction: 0,
  })
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 100 }),
      (sizes, limit) => {
        const tickets = sizes.flatMap((size, stratum) =>
          Array.from({ length: size }, (_unused, index) => ticket(`s${stratum}`, index)),
        )
        const keep = sampleRows(tickets, limit)
        expect(keep.filter(Boolean)).toHaveLength(Math.min(limit, tickets.length))
        if (limit < tickets.length && limit >= sizes.length) {
          sizes.forEach((size, stratum) => {
            const kept = tickets.filter((one, index) => keep[index] && one.stratum === `s${stratum}`).length
            expect(Math.abs(kept - (size * limit) / tickets.length)).toBeLessThanOrEqual(1)
          })
        }
      },
    ),
  )
})

test('neither side of a split is empty when there are two groups', () => {
  expect(validationThreshold([0.9, 0.8], 0.1)).toBe(0.9)
  expect(validationThreshold([0.01, 0.02], 0.5)).toBe(0.02)
  expect(validationThreshold([0.05, 0.9], 0.1)).toBe(0.1)
  expect(validationThreshold([0.5], 0.5)).toBe(0)
})

test('the hash set behaves as a set', () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 3000 }), (hashes) => {
      const set = new HashSet()
      const model = new Set<bigint>()
      for (const hash of [...hashes, ...hashes]) {
        const isNew = !model.has(hash === 0n ? 1n : hash)
        model.add(hash === 0n ? 1n : hash)
        expect(set.add(hash)).toBe(isNew)
      }
    }),
    { numRuns: 20 },
  )
})

test.each([
  ['Write to anna.k@shop.example today', 'Write to [EMAIL] today'],
  ['IBAN DE89 3704 0044 0532 0130 00, thanks', 'IBAN [IBAN], thanks'],
  ['IBAN DE89 3704 0044 0532 0130 01', 'IBAN DE89 3704 0044 0532 0130 01'],
  ['card 4111 1111 1111 1111.', 'card [CARD].'],
  ['card 4111 1111 1111 1112', 'card 4111 1111 1111 1112'],
  ['Call +49 30 901820 or 030 1234567', 'Call [PHONE] or [PHONE]'],
  ['ring (0341) 555-0199 or 555-234-0199', 'ring [PHONE] or [PHONE]'],
  [
    '1,950 m, 2024-05-06, EAN 4006381333931, 22.2 mm, 16.9 kg, 1999-2004',
    '1,950 m, 2024-05-06, EAN 4006381333931, 22.2 mm, 16.9 kg, 1999-2004',
  ],
])('personal data is masked in %j', (text, masked) => {
  expect(maskPersonalData(text).text).toBe(masked)
})

test('personal data is counted always and masked on request, in metadata too', async () => {
  const space = workspace()
  const row = {
    messages: [
      { role: 'user', content: 'Who?' },
      { role: 'assistant', content: 'mail a@b.example' },
    ],
    metadata: { owner: 'a@b.example' },
  }
  const file = space.file('chat.jsonl', JSON.stringify(row))
  const seen = await space.ingest(file)
  expect(seen.report.personal_data).toEqual({ redacted: false, found: { email: 1 } })
  const masked = await space.ingest(file, { redact_personal_data: true })
  expect(readRows(masked.train.path)[0]).toMatchObject({
    messages: [{}, { content: 'mail [EMAIL]' }],
    metadata: { owner: '[EMAIL]' },
  })
  space.close()
})
