/** A run of characters of one colour. */
export type Token = { content: string; color?: string | undefined }
export type Asked = { id: number; code: string; language: string }
export type Told = { id: number; lines: Token[][] }

const waiting = new Map<number, (lines: Token[][]) => void>()
let worker: Worker | undefined
let lastId = 0

/**
 * Beside the page: compiling a grammar takes a phone half a second, in which nobody could type or scroll.
 * @returns no lines for a language that we have no grammar for, and where there is no worker
 */
export function highlight(code: string, language: string): Promise<Token[][]> {
  worker ??= start()
  const asked: Asked = { id: ++lastId, code, language }
  const lines = new Promise<Token[][]>((resolve) => waiting.set(asked.id, resolve))
  worker.postMessage(asked)
  return lines
}

function start(): Worker {
  // oxlint-disable-next-line baseline-js/use-baseline -- the oldest browsers that are named have them: Firefox since 114
  const started = new Worker(new URL('./highlighter-worker.ts', import.meta.url), { type: 'module' })
  started.addEventListener('message', ({ data }: MessageEvent<Told>) => tell(data))
  // Its script cannot be had: what waits keeps no colours, and the next code tries again.
  started.addEventListener('error', () => {
    worker = undefined
    for (const id of waiting.keys()) tell({ id, lines: [] })
  })
  return started
}

function tell({ id, lines }: Told): void {
  waiting.get(id)?.(lines)
  waiting.delete(id)
}
