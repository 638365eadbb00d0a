import { useEffect, useRef } from 'react'
import UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { dateFormat } from '#words/numbers.ts'

export type DayChartProps = {
  /** In order, without gaps: seconds since the epoch at the start of each day in UTC, and its figure. */
  days: readonly { atSeconds: number; value: number }[]
  format: (value: number) => string
}

const heightPx = 200
const day = dateFormat({ day: 'numeric', month: 'short', timeZone: 'UTC' })

/** Between two midnights there is no day to name. */
const dayOf = (atSeconds: number) => (atSeconds % 86_400 === 0 ? day().format(atSeconds * 1000) : null)

/** Bars by day. What it shows must stand in a table beside it: it is hidden from screen readers. */
export function DayChart({ days, format }: DayChartProps) {
  const ref = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const frame = ref.current!
    let chart: UPlot | null = null
    const draw = () => {
      chart?.destroy()
      chart = new UPlot(options(frame, format), [days.map(({ atSeconds }) => atSeconds), days.map(({ value }) => value)], frame)
    }
    draw()
    const resized = new ResizeObserver(() => chart?.setSize({ width: frame.clientWidth, height: heightPx }))
    resized.observe(frame)
    // A canvas does not follow the theme by itself.
    const themed = new MutationObserver(draw)
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
    return () => {
      resized.disconnect()
      themed.disconnect()
      chart?.destroy()
    }
  }, [days, format])
  return <div ref={ref} aria-hidden className="h-[200px] w-full overflow-hidden" />
}

function options(frame: HTMLElement, format: (value: number) => string): UPlot.Options {
  const style = getComputedStyle(document.documentElement)
  const colour = (name: string) => style.getPropertyValue(name)
  const axis = { stroke: colour('--muted'), font: `12px ${getComputedStyle(document.body).fontFamily}`, ticks: { show: false } }
  return {
    width: frame.clientWidth,
    height: heightPx,
    // Days are days in UTC, wherever one looks from.
    tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { range: (_, min, max) => [min - 43_200, max + 43_200] }, y: { range: (_, __, max) => [0, max || 1] } },
    axes: [
      { ...axis, grid: { show: false }, values: (_, ticks) => ticks.map(dayOf), space: 60, size: 30 },
      { ...axis, grid: { stroke: colour('--line'), width: 1 }, values: (_, ticks) => ticks.map(format), size: 64, space: 40 },
    ],
    series: [{}, { fill: colour('--accent'), width: 0, points: { show: false }, paths: UPlot.paths.bars!({ size: [0.7, 32], radius: 0.15 }) }],
  }
}
