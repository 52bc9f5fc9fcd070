/** What a chart shows. */
export interface ChartProps {
  kind: 'line' | 'bar'
  /** points are [x, y]; with `categories`, y by category */
  series: readonly { name: string; points: readonly (readonly [number, number] | number)[] }[]
  xName: string
  yName: string
  categories?: readonly string[]
}
