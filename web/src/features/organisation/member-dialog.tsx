import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Member, MemberChange, Organisation, OrganisationRole } from '@jarvis/contracts/organisations.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { amountOf, usdText } from '#lib/money.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { ConfirmDialog, Dialog } from '#ui/dialog.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { Select } from '#ui/select.tsx'
import { toast } from '#ui/toast.tsx'
import { LimitField } from './limit-field.tsx'
import { refreshOrganisation } from './queries.ts'
import { roleOptions } from './role-words.ts'
import { isAboutShared, type LeavingShared, SharedChoice } from './shared-choice.tsx'
import { say } from '#words/say.ts'

type DialogProps = { organisation: Organisation; member: Member; onClose: () => void }

/** A whole number of tokens, null for no limit, undefined where it is none. */
function tokensOf(text: string): number | null | undefined {
  const digits = text.replaceAll(/[\s,.]/g, '')
  if (digits === '') return null
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined
}

export function MemberDialog({ organisation, member, onClose }: DialogProps) {
  const isOwner = organisation.role === 'owner'
  const before = { tokens: String(member.share?.tokensPerCycle ?? ''), ceiling: moneyOf(member) }
  const [role, setRole] = useState<OrganisationRole>(member.role)
  const [seat, setSeat] = useState(member.seat !== 'none')
  const [tokens, setTokens] = useState(before.tokens)
  const [ceiling, setCeiling] = useState(before.ceiling)
  const [isLeaving, setLeaving] = useState(false)
  const [shared, setShared] = useState<LeavingShared>()
  const params = { id: organisation.id, userId: member.userId }
  const [tokensPerCycle, ceilingMicroUsd] = [tokensOf(tokens), amountOf(ceiling)]
  const isGood = tokensPerCycle !== undefined && ceilingMicroUsd !== undefined
  const change: MemberChange = {
    ...(role !== member.role && { role }),
    ...(seat !== (member.seat !== 'none') && { seat }),
    ...(tokens !== before.tokens && isGood && { tokensPerCycle }),
    ...(ceiling !== before.ceiling && isGood && { ceilingMicroUsd }),
  }
  const done = async (text: string) => {
    await refreshOrganisation()
    toast(text)
    onClose()
  }
  const save = useMutation({
    mutationFn: () => call(endpoints.updateMember, { params, body: change }),
    onSuccess: () => done(say('Changed. It acts at once.')),
  })
  const remove = useMutation({
    mutationFn: () => call(endpoints.removeMember, { params, query: { shared } }),
    onError: (error) => isAboutShared(error) && setShared('hand_over'),
    onSuccess: () => done(say('Removed from the organisation.')),
  })
  const name = member.name || member.email
  if (isLeaving)
    return (
      <ConfirmDialog
        title={say('Remove {name}?', { name })}
        action={say('Remove')}
        busy={remove.isPending}
        error={remove.error && !(shared && isAboutShared(remove.error)) ? messageOf(remove.error) : undefined}
        onConfirm={() => remove.mutate()}
        onClose={() => setLeaving(false)}
      >
        {say(
          'Their account stays, with all that they wrote; what is shared here is closed to them at once. What they cost stays with the organisation.',
        )}
        {shared && <SharedChoice value={shared} onChange={setShared} />}
      </ConfirmDialog>
    )
  return (
    <Dialog title={name} onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (isGood) save.mutate()
        }}
      >
        {isOwner && <Select label={say('Role')} value={role} options={roleOptions()} onChange={setRole} />}
        <label className="flex min-h-11 items-center gap-2.5">
          <input type="checkbox" className="size-4 accent-accent" checked={seat} onChange={() => setSeat(!seat)} />
          {say('Has a seat: the organisation pays')}
        </label>
        {isOwner && (
          <>
            <LimitField
              label={say('May spend in a month, in US$')}
              text={ceiling}
              onChange={setCeiling}
              hint={say('Empty: as much as the organisation has.')}
            />
            <Field
              label={say('Tokens in a month')}
              inputMode="numeric"
              autoComplete="off"
              placeholder={say('No limit')}
              value={tokens}
              onChange={(event) => setTokens(event.target.value)}
              error={tokensPerCycle === undefined ? say('A whole number of tokens.') : undefined}
            />
          </>
        )}
        {save.error && <Notice look="danger">{messageOf(save.error)}</Notice>}
        <div className="flex flex-wrap justify-end gap-2">
          <Button className="me-auto" onClick={() => setLeaving(true)}>
            {say('Remove from the organisation')}
          </Button>
          <Button type="submit" look="primary" busy={save.isPending} disabled={!isGood || Object.keys(change).length === 0}>
            {say('Save')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

const moneyOf = ({ share }: Member) => (share?.ceilingMicroUsd === null || share === null ? '' : usdText(share.ceilingMicroUsd))
