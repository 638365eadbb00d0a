/** RFC 7644, section 3.12: why a request of a directory is refused. */
export type ScimType = 'invalidFilter' | 'invalidPath' | 'invalidSyntax' | 'invalidValue' | 'mutability' | 'noTarget' | 'tooMany' | 'uniqueness'

export class ScimError extends Error {
  readonly status: number
  readonly scimType: ScimType | undefined

  constructor(status: number, scimType: ScimType | undefined, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ScimError'
    this.status = status
    this.scimType = scimType
  }
}

export const scimBad = (scimType: ScimType, message: string, cause?: unknown) => new ScimError(400, scimType, message, { cause })
export const scimGone = () => new ScimError(404, undefined, 'There is no such resource.')
export const scimTaken = (what: string, cause?: unknown) => new ScimError(409, 'uniqueness', `${what} is taken.`, { cause })
