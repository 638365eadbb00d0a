import { eq } from 'drizzle-orm'
import { newSecret } from '#lib/ids.ts'
import type { Database } from '#ports/database/index.ts'
import { keptSecrets } from '#ports/database/tables.ts'

/** A random secret that is made at the first call and is the same ever after, in every process. */
export async function keptSecret({ db }: Pick<Database, 'db'>, name: string): Promise<string> {
  await db.insert(keptSecrets).values({ name, value: newSecret() }).onConflictDoNothing()
  const [kept] = await db.select().from(keptSecrets).where(eq(keptSecrets.name, name))
  return kept!.value
}
