import type { AdminUser } from '@jarvis/contracts/admin.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { csvOf } from '#lib/csv.ts'
import { messageOf } from '#lib/problem.ts'
import { saveText } from '#lib/save-text.ts'
import { Button } from '#ui/button.tsx'
import { toast } from '#ui/toast.tsx'
import type { UsersChoice } from './queries.ts'
import { say } from '#words/say.ts'

/** Names of columns are for programs: the same in every language. */
const columns: [name: string, cell: (user: AdminUser) => string][] = [
  ['id', ({ id }) => id],
  ['email', ({ email }) => email],
  ['name', ({ name }) => name],
  ['role', ({ role }) => role],
  ['plan', ({ plan }) => plan],
  ['disabled', ({ disabled }) => String(disabled)],
  ['second_factor', ({ factors }) => [...(factors.totp ? ['totp'] : []), ...(factors.passkeys > 0 ? ['passkey'] : [])].join(' ')],
  ['tokens_used', ({ tokensUsed }) => String(tokensUsed)],
  ['cost_usd', ({ costMicroUsd }) => String(costMicroUsd / 1e6)],
  ['created_at', ({ createdAt }) => createdAt],
  ['last_seen_at', ({ lastSeenAt }) => lastSeenAt ?? ''],
]

/** Everybody whom the filters leave, in their order, however many pages that is. */
export function SavePeople({ choice }: { choice: UsersChoice }) {
  const save = useMutation({
    mutationFn: async () => {
      const people: AdminUser[] = []
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = await call(endpoints.adminUsers, { query: { ...choice, limit: 200, cursor } })
        people.push(...page.items)
        cursor = page.nextCursor
      }
      return csvOf([columns.map(([name]) => name), ...people.map((user) => columns.map(([, cell]) => cell(user)))])
    },
    // With its mark a spreadsheet reads UTF-8 as that.
    onSuccess: (csv) => saveText('jarvis-people.csv', `\uFEFF${csv}\r\n`, 'text/csv;charset=utf-8'),
    onError: (error) => toast(messageOf(error)),
  })
  return (
    <Button className="min-h-11" busy={save.isPending} onClick={() => save.mutate()}>
      {say('Save as CSV')}
    </Button>
  )
}
