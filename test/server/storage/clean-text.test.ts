import fc from 'fast-check'
import { cleanJson, cleanText } from '../../../server/storage/clean-text'

test('NUL and lone surrogates become U+FFFD, everything else stays', () => {
  expect(cleanText('a\u0000b\uD800c\uDFFFd')).toBe('a\uFFFDb\uFFFDc\uFFFDd')
  expect(cleanText('ü 漢 😀\n\t')).toBe('ü 漢 😀\n\t')
})

test('JSON is cleaned in values and in keys', () => {
  expect(JSON.parse(cleanJson({ 'k\u0000': ['v\u0000', { inner: '\uD800' }], n: 1, t: true, z: null }))).toEqual({
    'k\uFFFD': ['v\uFFFD', { inner: '\uFFFD' }],
    n: 1,
    t: true,
    z: null,
  })
})

test('well-formed text without NUL is never changed, and no other text is left', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const clean = cleanText(text)
      expect(clean.isWellFormed() && !clean.includes('\u0000')).toBe(true)
      if (text.isWellFormed() && !text.includes('\u0000')) expect(clean).toBe(text)
    }),
  )
})
