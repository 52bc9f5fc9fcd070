import { lazy, Suspense } from 'react'
import type { ChartProps } from './chart-props'
import { Loading } from './states'

const Echarts = lazy(() => import('./echarts'))

/** A chart with a name for who cannot see it; its figures stand in a table nearby, or in the label. */
export const Chart = ({ label, ...props }: ChartProps & { label: string }) => (
  <div role="img" aria-label={label}>
    <Suspense fallback={<Loading />}>
      <Echarts {...props} />
    </Suspense>
  </div>
)
