/** One security event. `details` holds no secret, no message text and no email. */
export type AuditEvent = {
  action: string
  actorId?: string | null
  target?: string
  address?: string
  requestId?: string
  details?: Record<string, string | number | boolean | null>
}

export type RecordAudit = (event: AuditEvent) => Promise<void>
