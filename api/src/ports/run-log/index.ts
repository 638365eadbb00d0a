/** One numbered event of a run; `json` is the AG-UI event, serialised once for all followers. */
export type LogEntry = { seq: number; json: string }

/** The events of a run, numbered from 1, kept for `retentionSeconds` after the end. Only the newest attempt may write. */
export interface RunLog extends AsyncDisposable {
  /** Claims the log for `attempt` (1, 2, …) and returns the last seq in it. An attempt over 1 on a log that is lost starts at `(attempt - 1) * 1_000_000`, so seq only ever grows. */
  open(runId: string, attempt: number): Promise<number>
  /** Appends in order. False, and nothing written, when a newer attempt has opened the log or it has ended. */
  append(runId: string, attempt: number, events: string[]): boolean | Promise<boolean>
  /** Marks the end: followers finish after the last entry, and the log expires. */
  end(runId: string, attempt: number): Promise<boolean>
  has(runId: string): Promise<boolean>
  /** Forgets the log at once; its followers finish and later appends are refused. */
  drop(runId: string): Promise<void>
  /** Batches of every entry with a greater seq than `after`, each once and in order, then live until the end. Waits for a log that is not open yet. Stops when `signal` aborts. */
  follow(runId: string, after: number, signal: AbortSignal): AsyncIterable<LogEntry[]>
}
