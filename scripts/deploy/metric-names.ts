import { readFileSync } from 'node:fs'

/** Every series that a process has, as its sources name them: a histogram is three. */
export function metricNames(): Set<string> {
  const meters = readFileSync('api/src/lib/meters.ts', 'utf8')
  const counted = [...meters.matchAll(/new (Counter|Gauge|Histogram)\(\{\s*name: '(\w+)'/g)].flatMap(([, kind, name = '']) =>
    kind === 'Histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  )
  const gauges = readFileSync('api/src/gauges.ts', 'utf8')
  return new Set([...counted, ...[...gauges.matchAll(/^ {4}(\w+): \{/gm)].map(([, name]) => `jarvis_${name}`)])
}
