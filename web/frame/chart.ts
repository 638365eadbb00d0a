import { type Loader, parse, View } from 'vega'
import { expressionInterpreter } from 'vega-interpreter'
import { compile, type TopLevelSpec } from 'vega-lite'

/**
 * Draws charts that a model described, in a frame that has no origin, no network and nothing of the page: what it gets is a specification with its
 * data in it, what it returns is a picture, which the page shows as an image.
 */
type Colours = Record<'raised' | 'sunken' | 'ink' | 'muted' | 'line' | 'line-strong' | 'accent', string>
type Asked = { id: number; code: string; width: number; colours: Colours }

const charactersMax = 500_000
const defaultHeight = 280

/** A specification may name addresses, for data, pictures and links: none is asked, and a link leads nowhere. */
const refuse = () => Promise.reject(new Error('A chart has its data in itself: nothing is loaded.'))
const nothing: Loader = { load: refuse, http: refuse, file: refuse, sanitize: () => Promise.resolve({ href: '' }) }

addEventListener('message', ({ data, source }: MessageEvent<Asked>) => {
  if (source === parent) void draw(data)
})

async function draw({ id, code, width, colours }: Asked) {
  try {
    if (code.length > charactersMax) throw new Error('It is too long.')
    const spec = JSON.parse(code) as Record<string, unknown>
    if ('spec' in spec || 'concat' in spec || 'hconcat' in spec || 'vconcat' in spec || 'repeat' in spec) Object.assign(spec, { width: undefined })
    else Object.assign(spec, { width: typeof spec.width === 'number' ? Math.min(spec.width, width) : width, height: heightOf(spec) })
    const { spec: compiled } = compile({ ...spec, background: 'transparent' } as unknown as TopLevelSpec, {
      config: configOf(colours),
      logger: quiet,
    })
    // The interpreter makes no code of expressions, which the policy of this frame would not let run.
    const view = new View(parse(compiled, undefined, { ast: true }), {
      expr: expressionInterpreter,
      renderer: 'none',
      loader: nothing,
      logger: quiet,
    })
    const svg = await view.toSVG()
    view.finalize()
    parent.postMessage({ id, svg }, '*')
  } catch (error) {
    parent.postMessage({ id, fault: (error instanceof Error ? error.message : String(error)).slice(0, 300) }, '*')
  }
}

const heightOf = ({ height }: Record<string, unknown>) => (typeof height === 'number' ? Math.min(height, 1000) : defaultHeight)

/** What a library says of a chart goes nowhere. */
const quiet = { level: () => quiet, error: () => quiet, warn: () => quiet, info: () => quiet, debug: () => quiet } as never

function configOf({ ink, muted, line, accent, raised }: Colours) {
  const labels = { labelColor: muted, titleColor: muted, labelFontSize: 12, titleFontSize: 12, titleFontWeight: 'normal' as const }
  const font = 'system-ui, sans-serif'
  return {
    font,
    view: { stroke: 'transparent' },
    title: { color: ink, fontSize: 14, fontWeight: 600 as const, anchor: 'start' as const },
    axis: { ...labels, domainColor: line, gridColor: line, tickColor: line, labelLimit: 140 },
    legend: { ...labels, orient: 'bottom' as const, columns: 3, symbolType: 'circle' as const },
    mark: { color: accent },
    bar: { cornerRadiusEnd: 3 },
    line: { strokeWidth: 2.5 },
    area: { fillOpacity: 0.6, line: true },
    point: { filled: true, size: 60 },
    arc: { stroke: raised, strokeWidth: 1.5 },
    text: { color: ink },
    range: { category: [accent, '#d98032', '#8a6bbf', '#c05a6c', '#6f9a45', '#a3845d', '#5b8ac9', '#8c8c8c'] },
  }
}

parent.postMessage({ ready: true }, '*')
