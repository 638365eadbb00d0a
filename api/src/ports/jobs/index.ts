/** Whom work is for: a person, by id, or the installation itself. */
export type JobOwner = { userId: string } | 'installation'

/** The owner as a handler meets them. It is checked before the handler starts; a person may go while it works. */
export type PresentOwner = {
  /** Null for the installation. */
  userId: string | null
  /** To be asked before each write to a store outside of the database. The job ends with it, as done. @throws OwnerGone */
  requireThere(): Promise<void>
}

export class OwnerGone extends Error {
  override readonly name = 'OwnerGone'
}

export type JobHandler = (payload: unknown, owner: PresentOwner, signal: AbortSignal) => Promise<void>

/** A cron pattern has five fields and is read in `zone`, an IANA name such as Europe/Berlin. */
export type When = { at: Date } | { everySeconds: number } | { cron: string; zone: string }

/** Background work that survives a restart: at least once, retried with exponential backoff. A job whose owner is gone is dropped. */
export interface Jobs extends AsyncDisposable {
  /** `id` makes the job idempotent: the same id is queued once. It may not contain ':' nor be a bare number. */
  add(name: string, payload: unknown, options: { owner: JobOwner; id?: string }): Promise<void>
  /**
   * Adds the job at its times, over all processes once for each. The same id again replaces what was scheduled under it; what is the same keeps
   * its time. Times that pass while no process is up are made up for by one. @throws TypeError for a pattern or zone that is none
   */
  schedule(id: string, when: When, job: { name: string; payload: unknown; owner: JobOwner }): Promise<void>
  unschedule(id: string): Promise<void>
  /** How many wait, by name, of those that this process works on. */
  waiting(): Promise<Record<string, number>>
  /** Starts executing jobs of this name, and adding scheduled ones, in this process. */
  work(name: string, handler: JobHandler): void
}
