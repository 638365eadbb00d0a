import { say } from '#words/say.ts'

type FailedCall = { failedAt: string; provider: string; model: string; attempt: number; status: number | null; said: string | null }

/** Calls of models that failed, each with what its provider said. */
export function FailedCalls({ calls, when }: { calls: readonly FailedCall[]; when?: (failedAt: string) => string }) {
  return (
    <ul className="flex flex-col gap-2 text-sm">
      {calls.map(({ failedAt, provider, model, attempt, status, said }) => (
        <li key={`${failedAt} ${model} ${attempt}`} className="[overflow-wrap:anywhere]">
          {when && <time dateTime={failedAt}>{when(failedAt)} · </time>}
          {provider} · {model}
          {status !== null && ` · ${say('status {status}', { status: String(status) })}`}
          {attempt > 1 && ` · ${say('try {n}', { n: attempt })}`}
          {said && (
            <>
              {': '}
              <q className="font-mono text-[0.8125rem]">{said.replace(/^\d{3}: /, '')}</q>
            </>
          )}
        </li>
      ))}
    </ul>
  )
}
