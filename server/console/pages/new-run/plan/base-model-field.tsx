import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { read } from '../../../api/query'
import { Field } from '../../../ui/field'
import { Loaded } from '../../../ui/states'
import type { DraftProps } from './draft-props'

const kinds = ['base', 'adapter'] as const

/** What is trained: a base model, or a tuned one to go on from; or one that Forge does not list. */
export const BaseModelField = ({ draft, change }: DraftProps) => {
  const { t } = useTranslation()
  const query = useQuery(read('listModels', {}))
  return (
    <Loaded query={query}>
      {({ data }) => {
        const isListed = data.some(({ id }) => id === draft.base_model)
        return (
          <>
            <Field label={t('newRun.model.base')} hint={t('newRun.model.baseHint')}>
              {(control) => (
                <select
                  {...control}
                  value={isListed ? draft.base_model : ''}
                  onChange={({ target }) => change({ base_model: target.value })}
                >
                  {kinds.map((kind) => (
                    <optgroup key={kind} label={t(`newRun.model.kinds.${kind}`)}>
                      {data
                        .filter((model) => model.kind === kind)
                        .map(({ id, name }) => (
                          <option key={id} value={id}>
                            {name}
                          </option>
                        ))}
                    </optgroup>
                  ))}
                  <option value="">{t('newRun.model.another')}</option>
                </select>
              )}
            </Field>
            {!isListed && (
              <Field label={t('newRun.model.anotherName')} hint={t('newRun.model.anotherHint')}>
                {(control) => (
                  <input
                    {...control}
                    size={40}
                    value={draft.base_model}
                    onChange={({ target }) => change({ base_model: target.value.trim() })}
                  />
                )}
              </Field>
            )}
          </>
        )
      }}
    </Loaded>
  )
}
