import type { Model } from '../../../contract/models'

/** The plain numbers among a model's metrics, in the order that they were written. */
export const numbersOf = (metrics: Model['metrics']): [name: string, value: number][] =>
  Object.entries(metrics).flatMap(([name, value]) => (typeof value === 'number' ? [[name, value]] : []))

/** The figure that tells most of a training: its loss on rows held back, else on the rows that it saw. */
export const mainLoss = (
  metrics: Model['metrics'],
): { name: 'validation_loss' | 'train_loss'; value: number } | null => {
  for (const name of ['validation_loss', 'train_loss'] as const) {
    const value = metrics[name]
    if (typeof value === 'number') return { name, value }
  }
  return null
}
