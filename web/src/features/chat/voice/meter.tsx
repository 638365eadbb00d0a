import { useEffect, useRef } from 'react'

const bars = 5

/** How loud it is, drawn without React: it changes with each picture of the screen. */
export function Meter({ level }: { level: () => number }) {
  const ref = useRef<SVGSVGElement>(null)
  useEffect(() => {
    let frame = 0
    const draw = () => {
      const now = level()
      for (const [at, bar] of [...(ref.current?.children ?? [])].entries()) {
        // The middle moves most.
        const share = 1 - Math.abs(at - (bars - 1) / 2) / bars
        const height = Math.max(3, Math.round(now * share * 24))
        bar.setAttribute('height', String(height))
        bar.setAttribute('y', String((24 - height) / 2))
      }
      frame = requestAnimationFrame(draw)
    }
    draw()
    return () => cancelAnimationFrame(frame)
  }, [level])
  return (
    <svg ref={ref} aria-hidden viewBox="0 0 34 24" className="h-6 w-[2.125rem] shrink-0 fill-accent">
      {Array.from({ length: bars }, (_, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- they are always five
        <rect key={at} x={at * 7} width="4" rx="2" y="10" height="3" />
      ))}
    </svg>
  )
}
