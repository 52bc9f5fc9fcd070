import type { PersonalDataType } from '../../contract/ingest'

const digitsOf = (text: string): string => text.replace(/\D/g, '')

/** The check digit of payment cards. */
const luhn = (digits: string): boolean => {
  let sum = 0
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at])
    const weighted = at % 2 === 1 ? digit * 2 : digit
    sum += weighted > 9 ? weighted - 9 : weighted
  }
  return sum % 10 === 0
}

/** ISO 7064: the country and check digits moved to the end, letters as numbers, the rest of a division by 97 is 1. */
const ibanChecksum = (text: string): boolean => {
  const compact = text.replace(/\s/g, '')
  let rest = 0
  for (const char of compact.slice(4) + compact.slice(0, 4)) {
    const value = parseInt(char, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}

/** First digits and lengths of the card brands; without them one number in ten would pass as a card. */
const cardBrands =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3[068]\d{12}|35\d{14}|6(?:011|4[4-9]\d|5\d\d)\d{12})$/

interface Rule {
  type: PersonalDataType
  pattern: RegExp
  accept: (match: string) => boolean
}

/** In this order: a card's or an IBAN's digits must not be taken for a phone number first. */
const rules: readonly Rule[] = [
  { type: 'email', pattern: /[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.)+\p{L}{2,24}/gu, accept: () => true },
  { type: 'iban', pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/g, accept: ibanChecksum },
  {
    type: 'card',
    pattern: /(?<![\d.,-])[2-6]\d{3}(?:[ -]?\d){9,15}(?![\d-])/g,
    accept: (match) => {
      const digits = digitsOf(match)
      return cardBrands.test(digits) && luhn(digits)
    },
  },
  {
    type: 'phone',
    // an international prefix, or a leading zero or bracketed area code with separators: article numbers have neither
    pattern:
      /(?<![\p{L}\d.,/-]|\d )(?:(?:\+|00)[1-9]\d{0,2}[ .\-/]?(?:\(0?\d{1,5}\)[ .\-/]?)?\d(?:[ .\-/]?\d){5,12}|\(\d{2,5}\)[ .\-/]?\d(?:[ .\-/]?\d){5,9}|0[1-9]\d{1,4}[ \-/]\d(?:[ .\-/]?\d){4,9}|[2-9]\d{2}[-.][2-9]\d{2}[-.]\d{4})(?![\d\p{L}])/gu,
    accept: (match) => {
      const { length } = digitsOf(match)
      return length >= 7 && length <= 15
    },
  },
]

// most texts have neither an @ nor seven digits near each other, and these tests are quick
const nearDigits = /\d(?:[^\d]{0,4}\d){6}/

export interface Masked {
  text: string
  found: PersonalDataType[]
}

/**
 * Replaces structured identifiers by `[EMAIL]`, `[PHONE]`, `[IBAN]`, `[CARD]`. Cards and IBANs count only with a
 * right checksum. Names, addresses and birthdays are not found: this is no anonymisation.
 */
export const maskPersonalData = (text: string): Masked => {
  const found: PersonalDataType[] = []
  const mayHold = { email: text.includes('@'), numbers: nearDigits.test(text) }
  let masked = text
  for (const { type, pattern, accept } of rules) {
    if (!(type === 'email' ? mayHold.email : mayHold.numbers)) continue
    masked = masked.replace(pattern, (match) => {
      if (!accept(match)) return match
      found.push(type)
      return `[${type.toUpperCase()}]`
    })
  }
  return { text: masked, found }
}
