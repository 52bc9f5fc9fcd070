import { useMutation } from '@tanstack/react-query'
import { useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Project } from '../../../../contract/projects'
import { call } from '../../../api/client'
import { refresh } from '../../../api/query'
import { paths } from '../../../paths'
import { useMay } from '../../../session'
import { Button } from '../../../ui/button'
import { Field } from '../../../ui/field'
import { Card, Facts } from '../../../ui/page'
import { ErrorNote } from '../../../ui/states'
import { useFormats } from '../../../ui/use-formats'

const Change = ({ project: { budget, currency } }: { project: Project }) => {
  const { t } = useTranslation()
  const [cost, setCost] = useState(budget === null ? '' : String(budget.monthly_cost))
  const [percent, setPercent] = useState(String((budget?.warn_at ?? 0.8) * 100))
  const change = useMutation({
    mutationFn: (next: { monthly_cost: number; warn_at: number } | null) =>
      call('updateProject', { body: { budget: next } }),
    onSuccess: () => refresh('getProject'),
  })
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    change.mutate({ monthly_cost: Number(cost), warn_at: Number(percent) / 100 })
  }
  return (
    <form className="stack" onSubmit={submit}>
      {change.isError && <ErrorNote error={change.error} />}
      <div className="row">
        <Field label={t('budget.monthly', { currency })}>
          {(control) => (
            <input
              {...control}
              type="number"
              min={0}
              step="any"
              required
              value={cost}
              onChange={({ target }) => setCost(target.value)}
            />
          )}
        </Field>
        <Field label={t('budget.warnAt')}>
          {(control) => (
            <input
              {...control}
              type="number"
              min={1}
              max={100}
              required
              value={percent}
              onChange={({ target }) => setPercent(target.value)}
            />
          )}
        </Field>
      </div>
      <div className="row">
        <Button type="submit" busy={change.isPending}>
          {t('actions.save')}
        </Button>
        {budget !== null && (
          <Button busy={change.isPending} onClick={() => change.mutate(null)}>
            {t('budget.remove')}
          </Button>
        )}
      </div>
    </form>
  )
}

/** What the project may cost in a month, and what it has cost so far. */
export const Budget = ({ project }: { project: Project }) => {
  const { t } = useTranslation()
  const format = useFormats()
  const mayChange = useMay('admin')
  const { budget, spent_this_month: spent, currency } = project
  return (
    <Card title={t('budget.title')}>
      <p className="muted">{t('budget.meaning')}</p>
      {budget !== null && spent >= budget.monthly_cost && <p className="note bad">{t('budget.exceeded')}</p>}
      <Facts
        of={[
          [
            t('budget.spent'),
            <Link key="spent" to={paths.energy()}>
              {format.money(spent, currency)}
            </Link>,
          ],
          [t('budget.is'), budget === null ? t('budget.none') : format.money(budget.monthly_cost, currency)],
        ]}
      />
      {mayChange && <Change project={project} />}
    </Card>
  )
}
