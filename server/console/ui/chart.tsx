import { lazy, Suspense } from 'react'
import { Loading } from './states'

export interface ChartProps {
  kind: 'line' | 'bar'
  /** points are [x, y]; with `categories`, y by category */
  series: readonly { name: string; points: readonly (readonly [number, number] | number)[] }[]
  xName: string
  yName: string
  categories?: readonly string[]
}

const Echarts = lazy(() => import('./echarts'))

/** A chart with a name for who cannot see it; its figures stand in a table nearby, or in the label. */
export const Chart = ({ label, ...props }: ChartProps & { label: string }) => (
  <div role="img" aria-label={label}>
    <Suspense fallback={<Loading />}>
      <Echarts {...props} />
    </Suspense>
  </div>
)
