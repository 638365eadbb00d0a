import type { ApprovalPolicy } from '@jarvis/contracts/approvals.ts'
import type { English } from '#words/language.ts'

/** From strict to loose, in words. */
export const policies: readonly { value: ApprovalPolicy; name: English }[] = [
  { value: 'always', name: 'Ask every time' },
  { value: 'conversation', name: 'Ask once per conversation' },
  { value: 'never', name: 'Never ask' },
]

/** Those no looser than `loosest`. */
export const policiesUpTo = (loosest: ApprovalPolicy) => policies.slice(0, policies.findIndex(({ value }) => value === loosest) + 1)

export const risks = { read: 'Reads', write: 'Changes things', act: 'Acts in the world' } as const satisfies Record<string, English>
