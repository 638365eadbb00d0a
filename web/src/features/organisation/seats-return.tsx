import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Notice } from '#ui/notice.tsx'
import { Spinner } from '#ui/spinner.tsx'
import { refreshOrganisation, seatsQuery } from './queries.ts'
import { say } from '#words/say.ts'

const pollMs = 1500

/** Back from the payment page: the seats are there once the provider has told us, which may be a moment later. */
export function SeatsReturn({ id }: { id: string }) {
  const [outcome] = useState(() => new URLSearchParams(location.search).get('checkout'))
  const { data } = useQuery({
    ...seatsQuery(id),
    refetchInterval: ({ state }) => (outcome === 'success' && state.data?.source !== 'stripe' ? pollMs : false),
  })
  const come = outcome === 'success' && data?.source === 'stripe'
  useEffect(() => {
    if (come) void refreshOrganisation()
  }, [come])
  if (outcome === 'cancelled') return <Notice>{say('You left the payment page. Nothing was changed and nothing charged.')}</Notice>
  if (outcome !== 'success' || come) return null
  return (
    <div role="status">
      <Notice>
        <span className="flex items-center gap-2">
          <Spinner className="size-3.5" />
          {say('Waiting for the payment to arrive…')}
        </span>
      </Notice>
    </div>
  )
}
