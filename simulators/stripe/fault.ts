/** A refusal in Stripe's own shape (docs.stripe.com/api/errors). */
export class StripeFault extends Error {
  override readonly name = 'StripeFault'
  readonly status: number
  readonly fields: { type: string; code?: string; param?: string; decline_code?: string }

  constructor(status: number, message: string, fields: Partial<StripeFault['fields']> = {}) {
    super(message)
    this.status = status
    this.fields = { type: 'invalid_request_error', ...fields }
  }
}

/** An id in the address answers 404, one among the parameters 400. */
export function missing(kind: string, id: string, param?: string): StripeFault {
  return new StripeFault(param ? 400 : 404, `No such ${kind}: '${id}'`, { code: 'resource_missing', param: param ?? 'id' })
}
