import type { ErasureCertificate } from '@jarvis/contracts/erasures.ts'
import { useQuery } from '@tanstack/react-query'
import { formatCount, formatMoment } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { saveText } from '#lib/save-text.ts'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { erasuresQuery } from './queries.ts'
import { say } from '#words/say.ts'

/** A certificate for each erasure: what was removed where. */
export function Erasures() {
  const { data, error, refetch } = useQuery(erasuresQuery)
  if (error) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label={say('Loading erasures')} rows={2} />
  if (data.items.length === 0) return <p className="text-sm text-muted">{say('Nobody was erased.')}</p>
  return (
    <ul aria-label={say('Erasures')} className="flex flex-col gap-3">
      {data.items.map((certificate) => (
        <li key={certificate.userId}>
          <Certificate certificate={certificate} />
        </li>
      ))}
    </ul>
  )
}

function Certificate({ certificate }: { certificate: ErasureCertificate }) {
  const { userId, startedAt, finishedAt, removed, waiting } = certificate
  return (
    <details className="rounded-lg border border-line px-3 py-2">
      <summary className="min-h-8 cursor-pointer">
        {formatMoment(startedAt)}
        <span className="text-muted"> · {finishedAt ? say('finished {moment}', { moment: formatMoment(finishedAt) }) : say('still going on')}</span>
      </summary>
      <table aria-label={say('What was removed where')} className="my-3 w-full max-w-md text-sm">
        <tbody>
          {removed.map(({ where, count }) => (
            <tr key={where} className="border-t border-line">
              <th scope="row" className="py-1 pe-4 text-start font-normal [overflow-wrap:anywhere]">
                <code className="font-mono text-[0.8125rem]">{where}</code>
              </th>
              <td className="py-1 text-end tabular-nums">{formatCount(count)}</td>
            </tr>
          ))}
          {waiting.map(({ where }) => (
            <tr key={`waiting ${where}`} className="border-t border-line">
              <th scope="row" className="py-1 pe-4 text-start font-normal">
                <code className="font-mono text-[0.8125rem]">{where}</code>
              </th>
              <td className="py-1 text-end text-muted">{say('still going on')}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Button className="mb-2" onClick={() => saveText(`erasure-${userId}.json`, JSON.stringify(certificate, null, 2), 'application/json')}>
        {say('Save the certificate')}
      </Button>
    </details>
  )
}
