export type Letter = {
  /** One address. */
  to: string
  subject: string
  text: string
  /** The same as HTML, whole. */
  html: string
}

/** The server took the letter's address or text and said no for good: another try would meet the same. */
export class LetterRefused extends Error {
  override readonly name = 'LetterRefused'
}

export interface Mail extends AsyncDisposable {
  /** Whether letters reach people; else they stand in the log alone, and an administrator hands links over. */
  readonly isDelivered: boolean
  /** Resolves when the server has taken it. @throws LetterRefused; anything else may work later */
  send(letter: Letter, signal?: AbortSignal): Promise<void>
  /** Signs in at the server and sends nothing. @throws when that fails */
  verify(): Promise<void>
}
