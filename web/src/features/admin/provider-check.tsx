import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { formatDuration } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'
import { say } from '#words/say.ts'
import { sayWith } from '#words/say-with.tsx'

/** One tiny question to a provider, and what it said. */
export function ProviderCheck({ id, name }: { id: string; name: string }) {
  const check = useMutation({ mutationFn: () => call(endpoints.adminTestProvider, { params: { id }, body: {} }) })
  const { data } = check
  return (
    <div className="flex flex-col items-start gap-2">
      <Button aria-label={say('Test {name}', { name })} busy={check.isPending} onClick={() => check.mutate()}>
        {say('Test')}
      </Button>
      <div role="status" className="w-full">
        {data?.ok && (
          <Notice>{say('It works: {model} answered in {time}.', { model: data.model ?? name, time: formatDuration(data.tookMs) })}</Notice>
        )}
      </div>
      {data && !data.ok && (
        <Notice look="danger">
          {data.advice}
          {data.said && <> {sayWith('The provider said: {words}', { words: <q className="[overflow-wrap:anywhere]">{data.said}</q> })}</>}
        </Notice>
      )}
      {check.error && <Notice look="danger">{messageOf(check.error)}</Notice>}
    </div>
  )
}
