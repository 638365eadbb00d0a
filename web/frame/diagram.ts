import mermaid from 'mermaid'

/**
 * Draws diagrams that a model wrote, in a frame that has no origin, no network and nothing of the page: what it gets is a diagram's code and
 * the page's colours, what it returns is a picture, which the page shows as an image.
 */
type Asked = { id: number; code: string; colours: Record<string, string> }

let before = ''
const fixed = [
  'secure',
  'securityLevel',
  'startOnLoad',
  'maxTextSize',
  'maxEdges',
  'theme',
  'themeVariables',
  'themeCSS',
  'htmlLabels',
  'fontFamily',
  'layout',
]

addEventListener('message', ({ data, source }: MessageEvent<Asked>) => {
  if (source === parent) void draw(data)
})

async function draw({ id, code, colours }: Asked) {
  try {
    const chosen = JSON.stringify(colours)
    if (chosen !== before) configure(colours)
    before = chosen
    const { svg } = await mermaid.render(`diagram-${id}`, code)
    parent.postMessage({ id, svg }, '*')
  } catch (error) {
    parent.postMessage({ id, fault: (error instanceof Error ? error.message : String(error)).slice(0, 300) }, '*')
  }
}

function configure(themeVariables: Record<string, string>) {
  mermaid.initialize({
    startOnLoad: false,
    // The other one is 460 kB more, also for what does not need it.
    layout: 'dagre',
    securityLevel: 'strict',
    theme: 'base',
    themeVariables,
    // Labels in HTML would not be drawn in an image.
    htmlLabels: false,
    flowchart: { htmlLabels: false },
    maxTextSize: 50_000,
    maxEdges: 500,
    suppressErrorRendering: true,
    secure: fixed,
  })
}

parent.postMessage({ ready: true }, '*')
