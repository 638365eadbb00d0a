import type { ToolCall } from '@jarvis/contracts/parts.ts'
import { useQuery } from '@tanstack/react-query'
import { Calculator, Check, ChevronRight, CloudSun, Clock, Database, Globe, Hand, Minus, Terminal, TriangleAlert, Wrench } from 'lucide-react'
import { Suspense, lazy } from 'react'
import { formatDuration } from '#lib/format.ts'
import { toolsQuery } from '#lib/offers.ts'
import { CopyButton } from '#ui/copy-button.tsx'
import { Spinner } from '#ui/spinner.tsx'
import { Screenshot } from './screenshot.tsx'
import { toolTitle } from './tool-title.ts'
import { say } from '#words/say.ts'

const DataResult = lazy(async () => ({ default: (await import('#features/chat/asked-tables/data-result.tsx')).DataResult }))

const icons: [RegExp, typeof Globe][] = [
  [/data/, Database],
  [/calc/, Calculator],
  [/weather/, CloudSun],
  [/time|date|clock/, Clock],
  [/search|web|browse|page|fetch/, Globe],
  [/system|shell|command/, Terminal],
]

/** `said` is written beside the title where the icon alone would not tell. */
const states = {
  running: { icon: <Spinner className="size-3.5" />, name: 'running', said: false },
  waiting: { icon: <Hand aria-hidden className="size-3.5 shrink-0 text-warn" />, name: 'waits for you', said: true },
  done: { icon: <Check aria-hidden className="size-3.5 shrink-0 text-good" />, name: 'done', said: false },
  failed: { icon: <TriangleAlert aria-hidden className="size-3.5 shrink-0 text-warn" />, name: 'failed', said: true },
  denied: { icon: <Hand aria-hidden className="size-3.5 shrink-0" />, name: 'not allowed', said: true },
  cancelled: { icon: <Minus aria-hidden className="size-3.5 shrink-0" />, name: 'cancelled', said: true },
}

/** One tool call: what it does in words, how it stands, and on request exactly what went in and came out. */
export function ToolRow({ call }: { call: ToolCall }) {
  const tools = useQuery(toolsQuery)
  const known = tools.data?.items.find(({ name }) => name === call.name)?.title
  const Icon = icons.find(([name]) => name.test(call.name))?.[1] ?? Wrench
  const title = toolTitle(call.name, call.args, known)
  const state = states[call.status]
  return (
    <>
      <details className="group/tool max-w-[68ch] text-sm">
        <summary className="flex min-h-9 w-fit max-w-full items-center gap-2 rounded-lg pe-2 text-muted hover:text-ink touch:min-h-10">
          <Icon aria-hidden className="size-4 shrink-0" />
          <span className="truncate">{title}</span>
          <span className="sr-only">, {state.name}</span>
          {state.icon}
          {state.said && (
            <span aria-hidden className="shrink-0">
              {state.name}
            </span>
          )}
          {call.durationMs !== null && <span className="shrink-0 text-[0.8125rem] text-faint tabular-nums">{formatDuration(call.durationMs)}</span>}
          <ChevronRight aria-hidden className="size-3.5 shrink-0 transition-transform group-open/tool:rotate-90" />
        </summary>
        <div className="mt-1 mb-2 ms-2 flex flex-col gap-3 border-s border-line py-1 ps-4">
          <Raw title={say('Asked')} copy={say('Copy what was asked')} text={call.args} />
          {call.result !== null && <Raw title={say('Result')} copy={say('Copy the result')} text={call.result} />}
        </div>
      </details>
      {call.name === 'query_data' && call.status === 'done' && (
        <Suspense>
          <DataResult call={call} />
        </Suspense>
      )}
      {call.screenshot && <Screenshot url={call.screenshot} of={title} />}
    </>
  )
}

function Raw({ title, copy, text }: { title: string; copy: string; text: string }) {
  const shown = pretty(text)
  return (
    <div>
      <div className="flex items-center gap-1 text-xs text-faint">
        <p>{title}</p>
        {shown && <CopyButton text={shown} label={copy} />}
      </div>
      <pre
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
        tabIndex={0}
        className="max-h-64 overflow-auto font-mono text-[0.8125rem] leading-relaxed whitespace-pre-wrap [overflow-wrap:anywhere]"
      >
        {shown || '—'}
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
