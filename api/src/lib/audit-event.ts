import type { NodePgDatabase } from 'drizzle-orm/node-postgres'

/** One security event. `details` holds no secret, no message text and no email. */
export type AuditEvent = {
  action: string
  actorId?: string | null
  target?: string
  address?: string
  requestId?: string
  details?: Record<string, string | number | boolean | null>
}

/** A database, or a transaction in it. */
export type Statements = Pick<NodePgDatabase, 'execute'>

/** Records an event in the transaction of its act, so that neither stands without the other. */
export type RecordAudit = (tx: Statements, event: AuditEvent) => Promise<void>
/** Records an event that is the whole act, such as a refusal, or that stands before an act outside the database. */
export type RecordAlone = (event: AuditEvent) => Promise<void>
