import type { SharedKind } from '@jarvis/contracts/sharing.ts'
import { type AnyColumn, and, eq, or, type SQL, sql } from 'drizzle-orm'
import type { AppError } from '#lib/app-error.ts'
import { refusal } from '#lib/refusal.ts'
import type { Database } from '#ports/database/index.ts'
import { filePassages, files, folders, groupMembers, groupShares, members, prompts, users } from '#ports/database/tables.ts'

// The one place that answers "may this person see this". What is not one's own is seen while all of this holds, asked in each statement anew:
// its owner shares it, both are in the organisation, and the reader is in the group and not disabled. Nothing of it is kept.

/** Somebody's id, or the column that has it. */
type Reader = string | AnyColumn

export const things = { file: files, prompt: prompts, folder: folders } as const

/** The ids of what others let them see. */
const sharedWith = (reader: Reader, kind: SharedKind): SQL => sql`array(
  select s.thing_id from ${groupShares} s
  join ${members} m on m.organisation_id = s.organisation_id and m.user_id = ${reader}
  join ${users} u on u.id = m.user_id and u.disabled_at is null
  join ${members} o on o.organisation_id = s.organisation_id and o.user_id = s.owner_id
  where s.kind = ${kind}
    and (s.group_id is null or exists (select from ${groupMembers} g where g.group_id = s.group_id and g.member_id = m.id)))`

/** Of others, without their own. */
export const sharedTo = (reader: Reader, kind: SharedKind): SQL => sql`${things[kind].id} = any(${sharedWith(reader, kind)})`

/** For the `where` of each statement that reads: their own, and what others let them see. */
export const seenBy = (reader: Reader, kind: SharedKind): SQL => or(eq(things[kind].userId, reader), sharedTo(reader, kind))!

/** The same, of the text of files. */
export const passagesSeenBy = (reader: Reader): SQL =>
  or(eq(filePassages.userId, reader), sql`${filePassages.fileId} = any(${sharedWith(reader, 'file')})`)!

/** What is said to who would change a thing that is not theirs: that it is another's where they may read it, else that there is none. */
export async function notTheirs(on: Pick<Database['db'], '$count'>, reader: string, kind: SharedKind, id: string, none: () => AppError) {
  const isSeen = (await on.$count(things[kind], and(eq(things[kind].id, id), sharedTo(reader, kind)))) > 0
  return isSeen ? refusal('forbidden.shared') : none()
}
