import { Suspense, lazy } from 'react'
import type { DayChartProps } from './day-chart.tsx'

const DayChart = lazy(async () => ({ default: (await import('./day-chart.tsx')).DayChart }))

/** The chart's library is fetched only where there is something to draw. */
export function LazyDayChart(props: DayChartProps) {
  if (props.days.length < 2) return null
  return (
    <Suspense fallback={<div aria-hidden className="h-[200px]" />}>
      <DayChart {...props} />
    </Suspense>
  )
}
