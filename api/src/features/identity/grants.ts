import type { PlanId, Role } from '@jarvis/contracts/plans.ts'

const roles: readonly Role[] = ['user', 'enterprise', 'admin']
const plans: readonly PlanId[] = ['free', 'pro', 'enterprise']

export type Grants = { role: Role | null; plan: PlanId | null }
type Mapping = { roles: Record<string, Role>; plans: Record<string, PlanId> }

/** The most that the groups give; null where none of them is named. */
export function grantsOf(mapping: Mapping, groups: string[]): Grants {
  const given = <Value>(map: Record<string, Value>) => groups.flatMap((group) => (Object.hasOwn(map, group) ? [map[group]!] : []))
  return { role: highest(roles, given(mapping.roles)), plan: highest(plans, given(mapping.plans)) }
}

/** What somebody has now, what these groups gave last and give now, and what their other identities give. */
type Standing<Value> = { now: Value; before: Value | null; wanted: Value | null; others: (Value | null)[] }

/** Groups raise, and take back what they gave: what an administrator gave by hand, or a subscription, is not theirs to take. */
function settled<Value>(scale: readonly Value[], { now, before, wanted, others }: Standing<Value>): { value: Value; granted: Value | null } {
  const rank = (value: Value | null) => (value === null ? -1 : scale.indexOf(value))
  const given = highest(
    scale,
    [wanted, ...others].filter((value) => value !== null),
  )
  const isRaised = rank(given) > rank(now)
  const value = isRaised || before === now ? (given ?? scale[0]!) : now
  const isTheirs = before !== null || rank(wanted) > rank(now)
  return { value, granted: isTheirs ? wanted : null }
}

export const settledRole = (standing: Standing<Role>) => settled(roles, standing)
export const settledPlan = (standing: Standing<PlanId>) => settled(plans, standing)

function highest<Value>(scale: readonly Value[], values: Value[]): Value | null {
  return values.reduce<Value | null>((most, value) => (most === null || scale.indexOf(value) > scale.indexOf(most) ? value : most), null)
}
