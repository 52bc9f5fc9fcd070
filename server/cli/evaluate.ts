import type { Command } from 'commander'
import { z } from 'zod'
import { gate, metricName, type MetricName } from '../contract/evaluations'
import { routes } from '../contract/routes'
import { textRules } from '../contract/text-rules'
import { CliError } from './cli-error'
import { action, type CliContext, type Session } from './context'
import { pinDataset } from './fine-tune'
import { listOptions, pageNote, pageOfList, wholeNumber, type ListOptions } from './paging'
import { evaluationTable, gateLines } from './print-evaluation'
import { evaluationPairs, samplePairs } from './print-samples'
import { readText } from './read-file'
import { parseYaml } from './read-yaml'
import { resultText } from './run-report'
import { finish, fromCli, type WaitOption } from './start-job'
import { textTable } from './text-table'

interface EvaluateOptions extends WaitOption {
  dataset: string
  baseline: string
  metrics: string
  rules?: string
  gate?: string
  maxItems: number
  maxTokens: number
}

const parseMetrics = (text: string): MetricName[] => {
  const parsed = z
    .array(metricName)
    .min(1)
    .safeParse(text.split(',').map((name) => name.trim()))
  if (parsed.success) return parsed.data
  throw new CliError(
    `--metrics "${text}" names an unknown metric.`,
    `Give some of ${metricName.options.join(', ')}, with commas between.`,
  )
}

const show = async (session: Session, id: string): Promise<boolean> => {
  const evaluation = await session.client.call(routes.getEvaluation, { params: { id } })
  session.show(evaluation, ({ result }) =>
    [evaluationTable(result), gateLines(result), ...result.notes].filter((part) => part !== '').join('\n\n'),
  )
  return evaluation.result.gate.passed
}

/** `forge evaluate <model>` and `forge evaluations …`. Exit code 1 when the gate stays closed. */
export const addEvaluate = (program: Command, context: CliContext): void => {
  program
    .command('evaluate')
    .summary('evaluate a model on held-out rows, beside a baseline')
    .argument('<model>')
    .requiredOption('--dataset <id>', 'a dataset by id or name, or a version (`dsv_…`)')
    .option('--baseline <model>', '`base`, another model, or `none`', 'base')
    .option('--metrics <names>', metricName.options.join(', '), 'loss,chrf,language_match')
    .option('--rules <file>', 'house style as YAML, for brand_rules')
    .option('--gate <file>', 'thresholds as YAML, e.g. `loss: { improve_by: 0.1 }`')
    .option('--max-items <n>', 'held-out rows to write texts for', wholeNumber(1, 2000), 24)
    .option('--max-tokens <n>', 'longest text', wholeNumber(1, 4096), 64)
    .option('--no-wait', 'do not follow the job')
    .action(
      action(context, async (session: Session, model: string, options: EvaluateOptions) => {
        const { rules, gate: gateFile } = options
        const started = await session.client.call(routes.createEvaluation, {
          body: {
            model,
            baseline: options.baseline === 'none' ? null : options.baseline,
            dataset_version_id: await pinDataset(session, options.dataset),
            metrics: parseMetrics(options.metrics),
            max_items: options.maxItems,
            max_tokens: options.maxTokens,
            rules:
              rules === undefined
                ? null
                : parseYaml(rules, await readText(rules), textRules, 'server/contract/text-rules.ts lists every key.'),
            gate:
              gateFile === undefined
                ? {}
                : parseYaml(
                    gateFile,
                    await readText(gateFile),
                    gate,
                    'server/contract/evaluations.ts lists every key.',
                  ),
            job: fromCli,
          },
        })
        return await finish(session, started, options, async (job) => {
          const id = resultText(job, 'evaluation_id')
          if (id === null) throw new Error(`${job.id} succeeded without an evaluation`)
          return (await show(session, id)) ? 0 : 1
        })
      }),
    )

  const evaluations = program.command('evaluations').summary('list and look into evaluations')
  listOptions(evaluations.command('list').summary('newest first')).action(
    action(context, async (session: Session, options: ListOptions) => {
      const page = await session.client.call(routes.listEvaluations, { query: pageOfList(options) })
      session.show(
        page,
        ({ data }) =>
          textTable(
            [{ title: 'id' }, { title: 'model' }, { title: 'gate' }, { title: 'created' }],
            data.map(({ id, model, result, created_at }) => [
              id,
              model,
              result.gate.passed ? 'passed' : 'failed',
              created_at,
            ]),
          ) + pageNote(page),
      )
      return 0
    }),
  )
  evaluations
    .command('get')
    .summary('one evaluation')
    .argument('<id>')
    .action(
      action(context, async (session: Session, id: string) => {
        await show(session, id)
        return 0
      }),
    )
  evaluations
    .command('items')
    .summary('its texts, base and tuned side by side')
    .argument('<id>')
    .action(
      action(context, async (session: Session, id: string) => {
        session.show(await session.client.call(routes.getEvaluationItems, { params: { id } }), ({ items }) =>
          samplePairs(evaluationPairs(items)),
        )
        return 0
      }),
    )
}
