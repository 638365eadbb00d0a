import type { ToolCall } from '@jarvis/contracts/chat.ts'
import { useQuery } from '@tanstack/react-query'
import { Calculator, Check, ChevronRight, CloudSun, Clock, Globe, Minus, Terminal, TriangleAlert, Wrench } from 'lucide-react'
import { toolsQuery } from '#features/chat/queries.ts'
import { Spinner } from '#ui/spinner.tsx'
import { toolTitle } from './tool-title.ts'

const icons: [RegExp, typeof Globe][] = [
  [/calc/, Calculator],
  [/weather/, CloudSun],
  [/time|date|clock/, Clock],
  [/search|web|browse|page|fetch/, Globe],
  [/system|shell|command/, Terminal],
]

const states = {
  running: <Spinner className="size-3.5" />,
  done: <Check aria-hidden className="size-3.5 text-good" />,
  failed: <TriangleAlert aria-hidden className="size-3.5 text-warn" />,
  cancelled: <Minus aria-hidden className="size-3.5" />,
}
const stateNames = { running: 'running', done: 'done', failed: 'failed', cancelled: 'cancelled' }

/** One tool call: what it does in words, how it stands, and on request exactly what went in and came out. */
export function ToolRow({ call }: { call: ToolCall }) {
  const tools = useQuery(toolsQuery)
  const known = tools.data?.items.find(({ name }) => name === call.name)?.title
  const Icon = icons.find(([name]) => name.test(call.name))?.[1] ?? Wrench
  return (
    <details className="group/tool max-w-[68ch] text-sm">
      <summary className="flex min-h-9 w-fit max-w-full items-center gap-2 rounded-lg pr-2 text-muted hover:text-ink touch:min-h-10">
        <Icon aria-hidden className="size-4 shrink-0" />
        <span className="truncate">{toolTitle(call.name, call.args, known)}</span>
        <span className="sr-only">, {stateNames[call.status]}</span>
        {states[call.status]}
        {call.status === 'failed' && <span aria-hidden>failed</span>}
        {call.status === 'cancelled' && <span aria-hidden>cancelled</span>}
        <ChevronRight aria-hidden className="size-3.5 shrink-0 transition-transform group-open/tool:rotate-90" />
      </summary>
      <div className="mt-1 mb-2 ml-2 flex flex-col gap-3 border-l border-line py-1 pl-4">
        <Raw title="Asked" text={call.args} />
        {call.result !== null && <Raw title="Result" text={call.result} />}
      </div>
    </details>
  )
}

function Raw({ title, text }: { title: string; text: string }) {
  return (
    <div>
      <p className="text-xs text-faint">{title}</p>
      <pre
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
        tabIndex={0}
        className="mt-1 max-h-64 overflow-auto font-mono text-[0.8125rem] leading-relaxed whitespace-pre-wrap [overflow-wrap:anywhere]"
      >
        {pretty(text) || '—'}
      </pre>
    </div>
  )
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
