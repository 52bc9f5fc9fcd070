import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { stringify } from 'yaml'
import { Button } from '../../../ui/button'
import { CopyButton } from '../../../ui/copy-button'
import { airflowDag } from './airflow-dag'
import { download } from './download'
import { isLackingInN8n, n8nWorkflow } from './n8n-workflow'
import { recipeYaml } from './recipe-file'
import type { Run } from './run'

const kinds = ['recipe', 'n8n', 'airflow'] as const
type Kind = (typeof kinds)[number]

const fileOf = (kind: Kind, run: Run): { name: string; text: string } => {
  switch (kind) {
    case 'recipe':
      return { name: `${run.dataset}.yaml`, text: recipeYaml(run, stringify) }
    case 'n8n':
      return { name: `${run.dataset}.n8n.json`, text: `${JSON.stringify(n8nWorkflow(run), null, 2)}\n` }
    case 'airflow':
      return { name: `forge_${run.dataset.replace(/[^a-z0-9_]/g, '_')}.py`, text: airflowDag(run) }
  }
}

/** This run as a file for where it shall go on by itself. Loaded when it is asked for. */
const FlowFiles = ({ run }: { run: Run }) => {
  const { t } = useTranslation()
  const [kind, setKind] = useState<Kind>('recipe')
  const { name, text } = fileOf(kind, run)
  return (
    <div className="stack">
      <div className="row" role="radiogroup" aria-label={t('newRun.flow.title')}>
        {kinds.map((of) => (
          <label key={of} className="choice">
            <input type="radio" name="flow" checked={kind === of} onChange={() => setKind(of)} />
            {t(`newRun.flow.kinds.${of}`)}
          </label>
        ))}
      </div>
      <p className="muted">{t(`newRun.flow.how.${kind}`)}</p>
      {kind === 'n8n' && isLackingInN8n(run) && <p className="note warn">{t('newRun.flow.lacking')}</p>}
      <div className="row">
        <Button onClick={() => download(name, text)}>{t('newRun.flow.download', { name })}</Button>
        <CopyButton text={text} label={t('actions.copy')} />
      </div>
      <pre className="file" tabIndex={0} aria-label={name}>
        {text}
      </pre>
    </div>
  )
}
export default FlowFiles
