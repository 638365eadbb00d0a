import { type Billing, cards, listOf } from './billing.ts'
import { missing, StripeFault } from './fault.ts'
import { checkParameters, type Params } from './parameters.ts'
import { type Kind, type Resource, shown, type State } from './state.ts'

type Handler = (params: any, id: string) => Resource | object // oxlint-disable-line typescript/no-explicit-any -- checked by checkParameters
export type Api = (method: string, path: string, params: Params) => object

/** The REST API: one handler for each route that the SDK calls, with the parameters that the SDK knows for it. */
export function createApi(state: State, billing: Billing): Api {
  const handlers = { ...catalogue(state), ...checkout(state), ...subscriptions(state, billing), ...reading(state) }
  const routes = Object.entries(handlers).map(([route, handler]) => ({
    route,
    handler,
    matches: new RegExp(`^${route.replace(':id', '([^/]+)')}$`),
  }))

  return (method, path, params) => {
    const called = `${method} ${path}`
    const found = routes.find(({ matches }) => matches.test(called))
    if (!found) throw new StripeFault(404, `Unrecognized request URL (${method}: ${path}).`)
    checkParameters(found.route, params)
    const [, id = ''] = found.matches.exec(called)!
    const expand = Array.isArray(params.expand) ? (params.expand as string[]) : []
    return expanded(state, shown(found.handler(params, decodeURIComponent(id)) as Resource), expand)
  }
}

function need(state: State, kind: Kind, id: string, param?: string): Resource {
  const found = state.find(kind, id)
  if (!found) throw missing(kind.replace('checkout.session', 'checkout session'), id, param)
  return found
}

/** Customers, products, prices and discounts. */
function catalogue(state: State): Record<string, Handler> {
  return {
    'POST /v1/customers': ({ email = null, name = null, metadata = {} }) =>
      emitted(state, 'customer.created', state.add('customer', { email, name, metadata, balance: 0, delinquent: false, sim: { card: cards.good } })),
    'GET /v1/customers/:id': (_params, id) => need(state, 'customer', id),
    'POST /v1/customers/:id': ({ expand: _expand, ...fields }, id) =>
      emitted(state, 'customer.updated', Object.assign(need(state, 'customer', id), fields)),
    'GET /v1/customers': (params) => list(state, 'customer', params, ({ email }) => params.email === undefined || email === params.email),
    'DELETE /v1/customers/:id': (_params, id) => {
      const customer = need(state, 'customer', id)
      const open = state.all('subscription').filter((one) => one.customer === id && one.status !== 'canceled')
      for (const subscription of open) Object.assign(subscription, { status: 'canceled', ended_at: state.now(), canceled_at: state.now() })
      for (const subscription of open) state.emit('customer.subscription.deleted', subscription)
      state.remove(id)
      state.emit('customer.deleted', customer)
      return { id, object: 'customer', deleted: true }
    },
    'POST /v1/products': ({ name, metadata = {}, active = 'true' }) => state.add('product', { name, metadata, active: active === 'true' }),
    'GET /v1/products/:id': (_params, id) => need(state, 'product', id),
    'GET /v1/products': (params) => list(state, 'product', params),
    'POST /v1/prices': ({ product, currency, unit_amount: amount, recurring, nickname = null, metadata = {} }) =>
      addPrice(state, { product: need(state, 'product', product, 'product').id, currency, amount: Number(amount), recurring, nickname, metadata }),
    'GET /v1/prices/:id': (_params, id) => need(state, 'price', id),
    'GET /v1/prices': (params) => list(state, 'price', params, ({ product }) => params.product === undefined || product === params.product),
    'POST /v1/coupons': ({ percent_off: percent, duration = 'once' }) => state.add('coupon', { percent_off: Number(percent), duration, valid: true }),
    'GET /v1/coupons/:id': (_params, id) => need(state, 'coupon', id),
    'POST /v1/promotion_codes': ({ code, promotion }) =>
      state.add('promotion_code', {
        code,
        active: true,
        promotion: { type: 'coupon', coupon: need(state, 'coupon', promotion.coupon, 'promotion[coupon]').id },
      }),
    'GET /v1/promotion_codes': (params) => list(state, 'promotion_code', params),
  }
}

type NewPrice = {
  id?: string
  product: string
  currency: string
  amount: number
  recurring?: { interval: string }
  nickname?: string | null
  metadata?: object
}

export function addPrice(state: State, { amount, recurring, ...fields }: NewPrice): Resource {
  return state.add('price', {
    active: true,
    billing_scheme: 'per_unit',
    recurring: recurring ? { interval_count: 1, usage_type: 'licensed', ...recurring } : null,
    type: recurring ? 'recurring' : 'one_time',
    unit_amount: amount,
    unit_amount_decimal: String(amount),
    ...fields,
  })
}

/** Hosted pages: they are paid on, or changed, by a person in a browser. */
function checkout(state: State): Record<string, Handler> {
  return {
    'POST /v1/checkout/sessions': (params) => {
      const [item] = params.line_items ?? []
      if (!params.mode) throw new StripeFault(400, 'Missing required param: mode.', { code: 'parameter_missing', param: 'mode' })
      if (!item?.price) throw new StripeFault(400, 'You must provide at least one recurring price in `subscription` mode.', { param: 'line_items' })
      const price = need(state, 'price', item.price, 'line_items[0][price]')
      if (params.mode === 'subscription' && !price.recurring) {
        throw new StripeFault(400, 'You specified `subscription` mode but passed a one-time price.', { param: 'line_items[0][price]' })
      }
      if (!params.success_url) throw new StripeFault(400, 'Missing required param: success_url.', { code: 'parameter_missing', param: 'success_url' })
      const customer = params.customer ? need(state, 'customer', params.customer, 'customer').id : null
      if (params.automatic_tax?.enabled === 'true' && customer && params.customer_update?.address !== 'auto') {
        throw new StripeFault(
          400,
          'Automatic tax calculation in Checkout requires a valid address on the Customer. Set customer_update[address] to auto.',
          {
            param: 'automatic_tax',
          },
        )
      }
      const id = state.newId('checkout.session')
      return state.add('checkout.session', {
        id,
        allow_promotion_codes: params.allow_promotion_codes === 'true',
        amount_total: price.unit_amount * Number(item.quantity ?? 1),
        automatic_tax: { enabled: params.automatic_tax?.enabled === 'true', status: null },
        cancel_url: params.cancel_url ?? null,
        client_reference_id: params.client_reference_id ?? null,
        currency: price.currency,
        customer,
        customer_email: params.customer_email ?? null,
        expires_at: state.now() + 86_400,
        metadata: params.metadata ?? {},
        mode: params.mode,
        payment_status: 'unpaid',
        status: 'open',
        subscription: null,
        success_url: params.success_url,
        url: `${state.pagesUrl}/pay/${id}`,
        sim: { price: price.id, quantity: Number(item.quantity ?? 1), data: params.subscription_data ?? {} },
      })
    },
    'GET /v1/checkout/sessions/:id': (_params, id) => need(state, 'checkout.session', id),
    'GET /v1/checkout/sessions': (params) =>
      list(
        state,
        'checkout.session',
        params,
        ({ customer, status }) =>
          (params.customer === undefined || customer === params.customer) && (params.status === undefined || status === params.status),
      ),
    'POST /v1/checkout/sessions/:id/expire': (_params, id) => {
      const session = need(state, 'checkout.session', id)
      if (session.status !== 'open') throw new StripeFault(400, `This Session is already ${session.status}.`)
      Object.assign(session, { status: 'expired', url: null })
      return emitted(state, 'checkout.session.expired', session)
    },
    'POST /v1/billing_portal/sessions': ({ customer, return_url: returnUrl = null }) => {
      const id = state.newId('billing_portal.session')
      const found = need(state, 'customer', customer ?? '', 'customer').id
      return state.add('billing_portal.session', { id, customer: found, return_url: returnUrl, url: `${state.pagesUrl}/portal/${id}` })
    },
  }
}

function subscriptions(state: State, billing: Billing): Record<string, Handler> {
  return {
    'POST /v1/subscriptions': ({ customer, items, trial_period_days: trialDays = '0', metadata = {}, automatic_tax: tax }) =>
      billing.start({
        customer: need(state, 'customer', customer, 'customer'),
        price: need(state, 'price', items?.[0]?.price, 'items[0][price]'),
        quantity: Number(items?.[0]?.quantity ?? 1),
        trialDays: Number(trialDays),
        metadata,
        automaticTax: tax?.enabled === 'true',
      }),
    'GET /v1/subscriptions/:id': (_params, id) => need(state, 'subscription', id),
    'GET /v1/subscriptions': ({ customer, status, price, ...params }) => {
      if (customer !== undefined) need(state, 'customer', customer, 'customer')
      const asked = (one: Resource) =>
        status === 'all' ||
        (status === 'ended' ? ['canceled', 'incomplete_expired'].includes(one.status) : status ? one.status === status : one.status !== 'canceled')
      const of = (one: Resource) => customer === undefined || one.customer === customer
      return list(state, 'subscription', params, (one) => asked(one) && of(one) && (price === undefined || billing.itemOf(one).price.id === price))
    },
    'POST /v1/subscriptions/:id': (
      { items, cancel_at_period_end: cancel, proration_behavior: proration, payment_behavior: payment, metadata },
      id,
    ) => {
      const subscription = need(state, 'subscription', id)
      if (subscription.status === 'canceled' && (items || cancel)) {
        throw new StripeFault(400, 'A canceled subscription can only update its cancellation_details and metadata.')
      }
      if (metadata) Object.assign(subscription.metadata, metadata)
      if (cancel !== undefined) billing.cancelAtPeriodEnd(subscription, cancel === 'true')
      for (const item of items ?? []) {
        if (item.id !== billing.itemOf(subscription).id) throw missing('subscription item', String(item.id), 'items[0][id]')
        const price = item.price ? need(state, 'price', item.price, 'items[0][price]') : billing.itemOf(subscription).price
        const quantity = item.quantity === undefined ? undefined : Number(item.quantity)
        if (quantity !== undefined && !(Number.isInteger(quantity) && quantity > 0)) {
          throw new StripeFault(400, 'Invalid integer: the quantity has to be at least 1.', { param: 'items[0][quantity]' })
        }
        billing.changePrice(subscription, price, { quantity, proration, onlyIfPaid: payment === 'error_if_incomplete' })
      }
      return subscription
    },
    'DELETE /v1/subscriptions/:id': (_params, id) => {
      const subscription = need(state, 'subscription', id)
      if (subscription.status === 'canceled') throw missing('subscription', id)
      return billing.end(subscription, 'cancellation_requested')
    },
    'POST /v1/subscriptions/:id/pause': (_params, id) => (billing.pause(need(state, 'subscription', id)), need(state, 'subscription', id)),
    'POST /v1/subscriptions/:id/resume': (_params, id) => (billing.resume(need(state, 'subscription', id)), need(state, 'subscription', id)),
  }
}

function reading(state: State): Record<string, Handler> {
  return {
    'GET /v1/charges/:id': (_params, id) => need(state, 'charge', id),
    'GET /v1/invoices/:id': (_params, id) => need(state, 'invoice', id),
    'GET /v1/invoices': (params) =>
      list(state, 'invoice', params, (one) => ['customer', 'status'].every((field) => params[field] === undefined || one[field] === params[field])),
    'GET /v1/events/:id': (_params, id) => need(state, 'event', id),
    'GET /v1/events': (params) =>
      list(state, 'event', params, ({ type }) => (params.type ?? type) === type && (params.types === undefined || params.types.includes(type))),
  }
}

type ListParams = { limit?: string; starting_after?: string; ending_before?: string; created?: { gte?: string; gt?: string } }

/** One page, newest first (docs.stripe.com/api/pagination). */
function list(state: State, kind: Kind, params: ListParams, matches: (one: Resource) => boolean = () => true) {
  const limit = Number(params.limit ?? 10)
  if (limit < 1 || limit > 100) throw new StripeFault(400, 'Invalid limit: must be between 1 and 100.', { param: 'limit' })
  const since = Number(params.created?.gte ?? Number(params.created?.gt ?? -1) + 1)
  const all = state.all(kind).filter((one) => one.created >= since && matches(one))
  const cursor = params.starting_after ?? params.ending_before
  const at = cursor === undefined ? -1 : all.findIndex(({ id }) => id === cursor)
  if (cursor !== undefined && at < 0) throw missing(kind, cursor, params.starting_after ? 'starting_after' : 'ending_before')
  const from = params.ending_before ? Math.max(0, at - limit) : at + 1
  const page = all.slice(from, params.ending_before ? at : from + limit)
  const more = params.ending_before ? from > 0 : from + limit < all.length
  return { ...listOf(page, `/v1/${kind.replace('.', '/')}s`), has_more: more }
}

/** Puts objects in the place of their ids, along paths such as `data.latest_invoice`. */
function expanded(state: State, answer: Resource, paths: string[]): Resource {
  for (const path of paths) expandPath(state, answer, path.split('.'), path)
  return answer
}

function expandPath(state: State, place: Resource, [key = '', ...rest]: string[], path: string): void {
  if (!(key in place)) throw new StripeFault(400, `This property cannot be expanded (${path}).`, { param: 'expand' })
  const value: unknown = place[key]
  if (typeof value === 'string') {
    const found = state.any(value)
    if (!found) return
    place[key] = shown(found)
  }
  if (rest.length === 0) return
  for (const next of Array.isArray(place[key]) ? (place[key] as Resource[]) : [place[key] as Resource]) if (next) expandPath(state, next, rest, path)
}

function emitted(state: State, type: string, resource: Resource): Resource {
  state.emit(type, resource)
  return resource
}
