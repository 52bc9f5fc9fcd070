export type Rule = { kind: 'min' | 'max' | 'improve_by'; value: number }

/** A check's rule as the evaluation writes it (`min 0.2`) in its parts; null for one that this console does not know. */
export const readRule = (rule: string): Rule | null => {
  const [, kind, value] = /^(min|max|improve_by) (-?[\d.]+(?:e[+-]?\d+)?)$/.exec(rule) ?? []
  return kind === undefined ? null : { kind: kind as Rule['kind'], value: Number(value) }
}
