/** What is agreed on before somebody leaves for the issuer, and looked at when they come back. */
export type SignOnTerms = {
  redirectUri: string
  state: string
  nonce: string
  verifier: string
  /** They have to show there that it is they, although they are signed in. */
  anew: boolean
}

/** Whom an issuer names. A person is known by (`issuer`, `subject`), never by their address. */
export type IssuedIdentity = {
  issuer: string
  subject: string
  /** The issuer's session, for its end to reach ours. */
  sid: string | null
  email: string | null
  emailVerified: boolean
  name: string | null
  /** null: it said nothing of groups, which is not that there are none. */
  groups: string[] | null
  idToken: string
}

/** An issuer's word that somebody signed out there: of one session, or of all that the person has. */
export type IssuedLogout = { id: string; issuer: string; subject: string | null; sid: string | null; expiresAt: Date }

export interface Issuer {
  readonly id: string
  readonly name: string
  /** Where the browser goes. @throws unavailable */
  begin(terms: SignOnTerms): Promise<URL>
  /** Takes the address that the browser came back to, and what it had posted before, for an issuer that has it posted. @throws unavailable, forbidden where the person or the issuer said no, unauthenticated for all that does not verify */
  finish(callback: URL, terms: SignOnTerms, answer?: string | null): Promise<IssuedIdentity>
  /** @throws unavailable, invalid_request for a token that does not verify */
  readLogout(logoutToken: string): Promise<IssuedLogout>
  /** Where the browser goes to end the issuer's session too; null where it has no such page, or is not known to. */
  endSession(idToken: string, returnTo: string): Promise<string | null>
  /** Finds its settings and keys anew. @throws unavailable, Error that says what is wrong */
  check(): Promise<string>
}

/** Who knows people by a password that is typed here. */
export interface Directory {
  readonly id: string
  readonly name: string
  /** null where the name or the password is wrong: which of them is not said. @throws unavailable */
  signIn(name: string, password: string): Promise<IssuedIdentity | null>
  /** @throws Error that says what is wrong */
  check(): Promise<string>
}
