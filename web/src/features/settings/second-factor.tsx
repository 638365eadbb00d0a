import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Suspense, lazy, useState } from 'react'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { Badge } from '#ui/badge.tsx'
import { Button } from '#ui/button.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { Notice } from '#ui/notice.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { factorsQuery } from './queries.ts'
import { say, sayCount } from '#words/say.ts'

const TotpSetup = lazy(async () => ({ default: (await import('./totp-setup.tsx')).TotpSetup }))
const WithPassword = lazy(async () => ({ default: (await import('./with-password.tsx')).WithPassword }))
const KeepCodes = lazy(async () => ({ default: (await import('./keep-codes.tsx')).KeepCodes }))

type Shown = 'setup' | 'end' | 'codes' | null

/** The authenticator app, and the codes that stand in for it. */
export function SecondFactor() {
  const { data, error, refetch } = useQuery(factorsQuery)
  const [shown, setShown] = useState<Shown>(null)
  const client = useQueryClient()
  if (error && !data) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label={say('Loading second factors')} rows={1} />
  const done = () => {
    setShown(null)
    // Other devices were signed out by it.
    void Promise.all([client.invalidateQueries({ queryKey: factorsQuery.queryKey }), client.invalidateQueries({ queryKey: ['sessions'] })])
  }
  const hasCodes = data.totp || data.passkeys > 0
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <div className="min-w-0 grow basis-64">
          <p className="flex flex-wrap items-center gap-2">
            {say('Authenticator app')} {data.totp ? <Badge look="accent">{say('On')}</Badge> : <Badge>{say('Off')}</Badge>}
          </p>
          <p className="text-sm text-muted">
            {data.totp
              ? sayCount(
                  data.recoveryCodesLeft,
                  '{n} recovery code left, should the app be lost.',
                  '{n} recovery codes left, should the app be lost.',
                )
              : say('Besides your password, a code of an app is asked for when you sign in.')}
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          {hasCodes && <Button onClick={() => setShown('codes')}>{say('New recovery codes')}</Button>}
          <Button onClick={() => setShown('setup')}>{data.totp ? say('Use another app') : say('Set up')}</Button>
          {data.totp && (
            <Button look="danger" onClick={() => setShown('end')}>
              {say('Switch off')}
            </Button>
          )}
        </div>
      </div>
      {hasCodes && data.recoveryCodesLeft < 3 && <Notice look="warn">{say('Nearly no recovery codes are left. Make new ones.')}</Notice>}
      {data.isRequired && <p className="text-sm text-muted">{say('Your role needs a second factor: the last one cannot be switched off.')}</p>}
      <Suspense>
        {shown === 'setup' && (
          <Dialog title={say('Set up an authenticator app')} onClose={done}>
            <TotpSetup onDone={done} />
          </Dialog>
        )}
        {shown === 'end' && <End onClose={() => setShown(null)} onDone={done} />}
        {shown === 'codes' && <Codes onClose={done} />}
      </Suspense>
    </div>
  )
}

function End({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const end = useMutation({ mutationFn: (password: string) => call(endpoints.endTotp, { body: { password } }), onSuccess: onDone })
  return (
    <Dialog title={say('Switch the authenticator app off?')} onClose={onClose}>
      <p className="text-muted">{say('Then your password alone signs you in. Your other devices are signed out.')}</p>
      <WithPassword action={say('Switch off')} look="danger" busy={end.isPending} error={end.error} onSubmit={end.mutate} />
    </Dialog>
  )
}

function Codes({ onClose }: { onClose: () => void }) {
  const renew = useMutation({ mutationFn: (password: string) => call(endpoints.renewRecoveryCodes, { body: { password } }) })
  return (
    <Dialog title={say('New recovery codes')} onClose={onClose}>
      {renew.data ? (
        <KeepCodes codes={renew.data.recoveryCodes} onDone={onClose} />
      ) : (
        <>
          <p className="text-muted">{say('The codes that you have now are good no more after this. Your other devices are signed out.')}</p>
          <WithPassword action={say('Make new codes')} busy={renew.isPending} error={renew.error} onSubmit={renew.mutate} />
        </>
      )}
    </Dialog>
  )
}
