import type { AdminUser } from '@jarvis/contracts/admin.ts'
import { formatUsd } from '#lib/money.ts'
import { planNames } from '#lib/plan-names.ts'
import { roleNames } from './role-names.ts'

type Changeable = Pick<AdminUser, 'role' | 'plan' | 'disabled' | 'ceilingMicroUsd'>

const ceilingName = (microUsd: number | null) => (microUsd === null ? 'none' : formatUsd(microUsd))

/** What differs between a person and what they are to be: the body that changes it and no more, and a sentence for each change. */
export function changesOf(before: Changeable, after: Changeable): { body: Partial<Changeable>; sentences: string[] } {
  const body: Partial<Changeable> = {}
  const sentences: string[] = []
  if (after.plan !== before.plan) {
    body.plan = after.plan
    sentences.push(`Plan: ${planNames[before.plan]} → ${planNames[after.plan]}`)
  }
  if (after.role !== before.role) {
    body.role = after.role
    sentences.push(`Role: ${roleNames[before.role]} → ${roleNames[after.role]}`)
  }
  if (after.ceilingMicroUsd !== before.ceilingMicroUsd) {
    body.ceilingMicroUsd = after.ceilingMicroUsd
    sentences.push(`Ceiling: ${ceilingName(before.ceilingMicroUsd)} → ${ceilingName(after.ceilingMicroUsd)}`)
  }
  if (after.disabled !== before.disabled) {
    body.disabled = after.disabled
    sentences.push(after.disabled ? 'Signed out everywhere and kept out' : 'May sign in again')
  }
  return { body, sentences }
}
