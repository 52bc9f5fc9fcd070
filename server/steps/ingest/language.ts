/** Characters looked at: more make detection slower, not better. */
const sampleLength = 160

interface Detector {
  detect(text: string): { language: string; isReliable(): boolean }
}
let detector: Detector | undefined

/**
 * Loads the language models, once per process. The medium set (229 MB with the process) is used: the large one
 * takes 458 MB by itself, which leaves a worker no room under its 600 MB.
 */
export const loadLanguages = async (): Promise<void> => {
  detector ??= (await import('eld/medium')).eld
}

/**
 * ISO 639-1 code of a text, `und` where none is found. `reliable` is false for short or mixed texts.
 * Needs `loadLanguages` first.
 */
export const detectLanguage = (text: string): { language: string; reliable: boolean } => {
  if (detector === undefined) throw new Error('detectLanguage was called before loadLanguages')
  const found = detector.detect(text.slice(0, sampleLength))
  return found.language === ''
    ? { language: 'und', reliable: false }
    : { language: found.language, reliable: found.isReliable() }
}
