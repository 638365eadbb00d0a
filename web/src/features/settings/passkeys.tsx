import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Passkey } from '@jarvis/contracts/passkeys.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Suspense, lazy, useState } from 'react'
import { call } from '#lib/call.ts'
import { fieldsOf } from '#lib/fields-of.ts'
import { formatDate, formatMoment } from '#lib/format.ts'
import { passkeysWorkHere } from '#lib/passkey-fault.ts'
import { messageOf } from '#lib/problem.ts'
import { signInMethodsQuery } from '#lib/sign-in-methods.ts'
import { Button } from '#ui/button.tsx'
import { ConfirmDialog, Dialog } from '#ui/dialog.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { factorsQuery } from './queries.ts'
import { say } from '#words/say.ts'

const AddPasskey = lazy(async () => ({ default: (await import('./add-passkey.tsx')).AddPasskey }))
const passkeysKey = ['passkeys']

type Shown = { kind: 'add' } | { kind: 'rename' | 'remove'; passkey: Passkey }

/** What signs this person in by a finger, a face or a PIN. */
export function Passkeys() {
  const { data, error, refetch } = useQuery({ queryKey: passkeysKey, queryFn: ({ signal }) => call(endpoints.passkeys, {}, signal) })
  const methods = useQuery(signInMethodsQuery)
  const [shown, setShown] = useState<Shown | null>(null)
  const client = useQueryClient()
  if (error && !data) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data || methods.isPending) return <SkeletonList label={say('Loading passkeys')} rows={2} />
  const close = () => setShown(null)
  const done = () => {
    close()
    for (const queryKey of [passkeysKey, factorsQuery.queryKey, ['sessions']]) void client.invalidateQueries({ queryKey })
  }
  const mayAdd = methods.data?.passkeys && passkeysWorkHere()
  return (
    <div className="flex flex-col gap-4">
      <p className="text-sm text-muted">
        {say('A passkey signs you in without a password, by the finger, face or PIN of your device. It counts as a second factor too.')}
      </p>
      {data.items.length > 0 && (
        <ul aria-label={say('Passkeys')} className="flex flex-col gap-3">
          {data.items.map((passkey) => (
            <li key={passkey.id} className="flex flex-wrap items-center gap-x-4 gap-y-2">
              <div className="min-w-0 grow basis-48">
                <p className="[overflow-wrap:anywhere]">{passkey.name}</p>
                <p className="text-sm text-muted">{lifeOf(passkey)}</p>
              </div>
              <div className="flex flex-wrap gap-2">
                <Button aria-label={say('Rename the passkey {name}', { name: passkey.name })} onClick={() => setShown({ kind: 'rename', passkey })}>
                  {say('Rename')}
                </Button>
                <Button
                  look="danger"
                  aria-label={say('Remove the passkey {name}', { name: passkey.name })}
                  onClick={() => setShown({ kind: 'remove', passkey })}
                >
                  {say('Remove')}
                </Button>
              </div>
            </li>
          ))}
        </ul>
      )}
      {mayAdd ? (
        <Button className="self-start" onClick={() => setShown({ kind: 'add' })}>
          {say('Add a passkey')}
        </Button>
      ) : (
        <p className="text-sm text-muted">{say('None can be added here: passkeys need an address with a name, by https, and a browser of today.')}</p>
      )}
      {shown?.kind === 'add' && (
        <Dialog title={say('Add a passkey')} onClose={done}>
          <Suspense>
            <AddPasskey onDone={done} />
          </Suspense>
        </Dialog>
      )}
      {shown?.kind === 'rename' && <Rename passkey={shown.passkey} onClose={close} onDone={done} />}
      {shown?.kind === 'remove' && <Remove passkey={shown.passkey} onClose={close} onDone={done} />}
    </div>
  )
}

function lifeOf({ createdAt, lastUsedAt }: Passkey): string {
  const added = say('Added {date}', { date: formatDate(createdAt) })
  return `${added} · ${lastUsedAt ? say('last used {moment}', { moment: formatMoment(lastUsedAt) }) : say('never used')}`
}

type ChangeProps = { passkey: Passkey; onClose: () => void; onDone: () => void }

function Rename({ passkey: { id, name }, onClose, onDone }: ChangeProps) {
  const rename = useMutation({
    mutationFn: (body: { name: string }) => call(endpoints.renamePasskey, { params: { id }, body }),
    onSuccess: onDone,
  })
  return (
    <Dialog title={say('Rename a passkey')} onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          rename.mutate(fieldsOf(event.currentTarget, 'name'))
        }}
      >
        <Field label={say('Name of the passkey')} name="name" required maxLength={100} defaultValue={name} data-first-focus />
        {rename.error && <Notice look="danger">{messageOf(rename.error)}</Notice>}
        <Button type="submit" look="primary" className="self-end" busy={rename.isPending}>
          {say('Save')}
        </Button>
      </form>
    </Dialog>
  )
}

function Remove({ passkey: { id, name }, onClose, onDone }: ChangeProps) {
  const remove = useMutation({ mutationFn: () => call(endpoints.removePasskey, { params: { id } }), onSuccess: onDone })
  return (
    <ConfirmDialog
      title={say('Remove the passkey “{name}”?', { name })}
      action={say('Remove')}
      busy={remove.isPending}
      error={remove.error ? messageOf(remove.error) : undefined}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      {say('It signs you in no more, and your other devices are signed out. Delete it on the device too: Jarvis cannot.')}
    </ConfirmDialog>
  )
}
