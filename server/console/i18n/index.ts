import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import en from './en.json'
import zhTW from './zh-TW.json'

/** The languages of the interface, by tag, each under its own name. One more is one more file and one line here. */
export const languages = { en: 'English', 'zh-TW': '繁體中文' } as const
export type Language = keyof typeof languages

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en }
  }
}

const storedUnder = 'forge.language'
const isLanguage = (tag: string | null): tag is Language => tag !== null && tag in languages

/** As chosen before, else as the browser asks, else English. */
const preferred = (): Language => {
  const chosen = localStorage.getItem(storedUnder)
  if (isLanguage(chosen)) return chosen
  return navigator.languages.some((tag) => /^zh\b/i.test(tag)) && /^zh/i.test(navigator.language) ? 'zh-TW' : 'en'
}

export const setLanguage = async (language: Language): Promise<void> => {
  localStorage.setItem(storedUnder, language)
  await i18next.changeLanguage(language)
}

i18next.on('languageChanged', (language) => {
  document.documentElement.lang = language
})
void i18next.use(initReactI18next).init({
  resources: { en: { translation: en }, 'zh-TW': { translation: zhTW } },
  lng: preferred(),
  fallbackLng: 'en',
  interpolation: { escapeValue: false },
})
