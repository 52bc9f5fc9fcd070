import { findBaseModelPreset } from '../../contract/base-models'

const nameOf = (language: string): string =>
  new Intl.DisplayNames(['en'], { type: 'language' }).of(language) ?? language
const list = (names: readonly string[]): string => new Intl.ListFormat('en', { type: 'conjunction' }).format(names)

/** What a reader of the figures should know: languages the base was hardly trained on, and what the gate looked at. */
export const evaluationNotes = ({
  baseModel,
  languages,
  gateLanguage,
  usedTrainingRows,
}: {
  baseModel: string
  languages: readonly string[]
  gateLanguage: string | null
  usedTrainingRows: boolean
}): string[] => {
  const known = languages.filter((language) => language !== 'und').sort()
  const trainedOn = findBaseModelPreset(baseModel)?.languages
  const others = trainedOn === undefined ? [] : known.filter((language) => !trainedOn.includes(language))
  const notJudged = known.filter((language) => gateLanguage !== null && language !== gateLanguage)
  const notes: string[] = []
  if (usedTrainingRows)
    notes.push(
      'The dataset has no held-back rows: these figures are on the rows the model may have learned from. Ingest with a validation_split.',
    )
  if (trainedOn !== undefined && others.length > 0) {
    const judged = gateLanguage === null || others.includes(gateLanguage) ? 'judged with care' : 'reported, not judged'
    notes.push(
      `This base model was trained mostly on ${list(trainedOn.map(nameOf))}; ${list(others.map(nameOf))} figures are ${judged}.`,
    )
  } else if (gateLanguage !== null && notJudged.length > 0) {
    notes.push(
      `The gate looks at ${nameOf(gateLanguage)} only; ${list(notJudged.map(nameOf))} figures are reported, not judged.`,
    )
  }
  return notes
}
