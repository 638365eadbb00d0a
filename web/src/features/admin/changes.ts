import type { AdminUser } from '@jarvis/contracts/admin.ts'
import { formatUsd } from '#lib/money.ts'
import { planNames } from '#lib/plan-names.ts'
import { roleNames } from './role-names.ts'
import { say } from '#words/say.ts'

type Changeable = Pick<AdminUser, 'role' | 'plan' | 'disabled' | 'ceilingMicroUsd'>

const ceilingName = (microUsd: number | null) => (microUsd === null ? say('none') : formatUsd(microUsd))

/** What differs between a person and what they are to be: the body that changes it and no more, and a sentence for each change. */
export function changesOf(before: Changeable, after: Changeable): { body: Partial<Changeable>; sentences: string[] } {
  const body: Partial<Changeable> = {}
  const sentences: string[] = []
  if (after.plan !== before.plan) {
    body.plan = after.plan
    sentences.push(say('Plan: {before} → {after}', { before: planNames[before.plan], after: planNames[after.plan] }))
  }
  if (after.role !== before.role) {
    body.role = after.role
    sentences.push(say('Role: {before} → {after}', { before: say(roleNames[before.role]), after: say(roleNames[after.role]) }))
  }
  if (after.ceilingMicroUsd !== before.ceilingMicroUsd) {
    body.ceilingMicroUsd = after.ceilingMicroUsd
    sentences.push(say('Ceiling: {before} → {after}', { before: ceilingName(before.ceilingMicroUsd), after: ceilingName(after.ceilingMicroUsd) }))
  }
  if (after.disabled !== before.disabled) {
    body.disabled = after.disabled
    sentences.push(after.disabled ? say('Signed out everywhere and kept out') : say('May sign in again'))
  }
  return { body, sentences }
}
