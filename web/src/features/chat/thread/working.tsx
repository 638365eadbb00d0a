import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { runQuery } from '#features/chat/queries.ts'
import { say } from '#words/say.ts'

/** Most answers begin sooner than this; only then is it worth asking what holds one up. */
const quietMs = 1500
const pollMs = 2000

/** That Jarvis is at work. `waitsFor` is the run of which nothing has been heard yet. */
export function Working({ started, waitsFor }: { started: boolean; waitsFor: string | null }) {
  const ahead = useAheadInLine(waitsFor)
  return (
    <p className="flex h-7 items-center gap-2 text-sm text-muted">
      <span aria-hidden className="pulse size-2.5 rounded-full bg-accent" />
      <span className={started ? 'sr-only' : 'tabular-nums'}>{ahead === null ? say('Thinking…') : lineText(ahead)}</span>
    </p>
  )
}

const lineText = (ahead: number) => (ahead === 0 ? say('Waiting in line: you are next') : say('Waiting in line: {n} ahead of you', { n: ahead }))

/** How many runs go before this one; null when it is no longer, or not known to be, in line. */
function useAheadInLine(runId: string | null): number | null {
  const [late, setLate] = useState<string | null>(null)
  useEffect(() => {
    const timer = setTimeout(() => setLate(runId), quietMs)
    return () => clearTimeout(timer)
  }, [runId])
  const asked = runId !== null && late === runId
  const { data } = useQuery({ ...runQuery(runId ?? ''), enabled: asked, refetchInterval: pollMs, staleTime: 0 })
  return asked && data?.queuePosition ? data.queuePosition - 1 : null
}
