import { compile } from 'html-to-text'

const convert = compile({
  wordwrap: false,
  selectors: [
    { selector: 'a', options: { ignoreHref: true } },
    { selector: 'img', format: 'skip' },
    { selector: 'ul', options: { itemPrefix: '- ' } },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    { selector: 'table', format: 'dataTable', options: { uppercaseHeaderCells: false } },
  ],
  limits: { maxInputLength: 1024 * 1024 },
})

const looksLikeHtml = /<\/?[a-z][^<>]*>|&(?:[a-z]+|#\d+);/i

/** Readable text of a shop's HTML: links without addresses, no images, lists with dashes. Plain text stays as it is. */
export const htmlText = (html: string): string =>
  (looksLikeHtml.test(html) ? convert(html) : html).replace(/\n{3,}/g, '\n\n').trim()
