import { sql } from 'drizzle-orm'
import { termsAcceptances, termsVersions } from '#ports/database/tables.ts'

/** Of the row of `users` of the query it stands in: whether there are terms in force that they have not accepted. */
export const mustAccept = sql<boolean>`exists (select from ${termsVersions} t where t.text <> '' and not exists (select from ${termsVersions} later where later.version > t.version) and not exists (select from ${termsAcceptances} a where a.version = t.version and a.user_id = users.id))`
