import type { Stripe } from 'stripe'
import { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import { eachAlone } from '#lib/each-alone.ts'
import type { PaymentEvent } from './index.ts'
import { parseJson } from '#lib/parse-json.ts'
import { amountOf } from './amount.ts'

/** How old a delivery may be, and how far ahead its clock. Stripe signs each attempt anew. */
const ageSecondsMax = 300
const utf8 = new TextDecoder('utf-8', { fatal: true })

const Reference = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]).nullish()
/** Objects that are no subscription's use the same names for other things: what is not as it is here is not there. */
const ifItIs = <Shape extends z.ZodType>(shape: Shape) => shape.optional().catch(undefined)
const text = (charactersMax: number) => ifItIs(z.string().max(charactersMax).nullable())

/** Events of Stripe's second version name what they are about and do not hold it; nothing of ours comes so. */
const OtherEvent = z.object({ object: z.string().regex(/event$/), id: z.string().min(1).max(255), type: z.string().min(1).max(255) })
const Event = OtherEvent.extend({
  object: z.literal('event'),
  data: z.object({
    object: z.object({
      id: text(255),
      object: text(255),
      mode: text(50),
      customer: ifItIs(Reference),
      charge: ifItIs(Reference),
      currency: text(10),
      amount: ifItIs(z.number().nullable()),
      amount_refunded: ifItIs(z.number().nullable()),
      status: text(50),
      reason: text(100),
      subscription: ifItIs(Reference),
      parent: ifItIs(z.object({ subscription_details: z.object({ subscription: Reference }).nullish() }).nullable()),
      items: ifItIs(z.object({ data: eachAlone(z.object({ price: z.object({ id: z.string() }) })) }).nullable()),
    }),
  }),
})

/** What a webhook says, once it is certain who says it. @throws invalid_request */
export function readStripeEvent(stripe: Stripe, secret: string, body: Uint8Array, signature: string | undefined): PaymentEvent | null {
  if (!signature) throw refused('The header Stripe-Signature is missing.')
  const text = decode(body)
  try {
    stripe.webhooks.signature!.verifyHeader(text, signature, secret, ageSecondsMax)
  } catch (error) {
    // The SDK's error holds the header and the body.
    throw refused('The signature does not match this body, or is older than five minutes. Check STRIPE_WEBHOOK_SECRET.', (error as Error).message)
  }
  // The SDK refuses what is old, not what is from the future. It reads the last `t`, and so must this.
  const signedAt = Number(/^.*(?:^|,)t=(\d+)/.exec(signature)?.[1])
  if (!(signedAt <= Date.now() / 1000 + ageSecondsMax)) throw refused('The signature is from the future. Check the clock of this server.')
  return toPaymentEvent(text)
}

function toPaymentEvent(text: string): PaymentEvent | null {
  const said = jsonOf(text)
  const parsed = Event.safeParse(said)
  if (!parsed.success && OtherEvent.safeParse(said).success) return null
  if (!parsed.success) throw refused('The body is not an event of Stripe.')
  const { id, type, data } = parsed.data
  const { object } = data
  const of = { id, type, customerId: object.customer ?? '', priceIds: [] }
  // Money that went back: the administrator learns of it, and no subscription changes by it.
  if (type === 'charge.refunded' || (object.object === 'dispute' && type.startsWith('charge.dispute.'))) {
    const isRefund = type === 'charge.refunded'
    const amount = (isRefund ? object.amount_refunded : object.amount) ?? 0
    const chargeId = isRefund ? object.id : object.charge
    if (!chargeId) return null
    const notice = { kind: isRefund ? 'refund' : 'dispute', chargeId, amount: amountOf(object.currency ?? '', amount) } as const
    return { ...of, subscriptionId: null, notice: { ...notice, status: object.status ?? '', reason: object.reason ?? '' } }
  }
  if (object.object === 'subscription') {
    const priceIds = object.items?.data.map(({ price }) => price.id) ?? []
    return known({ ...of, subscriptionId: object.id ?? null, priceIds })
  }
  // Endpoints of an older API version have an invoice's subscription at the top.
  const billed = object.parent?.subscription_details?.subscription ?? object.subscription
  if (object.object === 'invoice' && billed) return known({ ...of, subscriptionId: billed })
  if (object.object === 'checkout.session' && object.mode === 'subscription' && object.subscription) {
    return known({ ...of, subscriptionId: object.subscription })
  }
  return type === 'customer.deleted' ? known({ ...of, customerId: object.id ?? '', subscriptionId: null }) : null
}

/** An event that names nobody is of nobody here. */
const known = (event: PaymentEvent): PaymentEvent | null => (event.customerId ? event : null)

function decode(body: Uint8Array): string {
  try {
    return utf8.decode(body)
  } catch (cause) {
    throw new AppError('invalid_request', 'The body is not valid UTF-8.', { cause })
  }
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    // The parser's message quotes the body.
    throw refused('The body is not valid JSON.')
  }
}

const refused = (message: string, reason?: string) =>
  new AppError('invalid_request', message, reason === undefined ? {} : { cause: new Error(reason) })
