import { type Billing, cards } from './billing.ts'
import { missing, StripeFault } from './fault.ts'
import type { Resource, State } from './state.ts'

export type Answer = { status: number; html?: string; location?: string }
type Form = Record<string, string>

/** What a person sees of Stripe: the page to pay on, the customer portal, an invoice. Plain forms, so that a test or a browser can use them. */
export function createPages(state: State, billing: Billing) {
  const priceOf = (session: Resource) => state.find('price', session.sim.price)!

  function payPage(session: Resource, problem = ''): Answer {
    const price = priceOf(session)
    const trial = Number(session.sim.data.trial_period_days ?? 0)
    return page(
      'Pay',
      `<h1>${escape(price.nickname ?? price.id)}</h1>
      <p>${money(session.amount_total, session.currency)} a ${price.recurring?.interval}${trial ? `, after ${trial} days for free` : ''}</p>
      ${problem && `<p role="alert">${escape(problem)}</p>`}
      <form method="post">
        <label>Card <select name="card">
          <option value="${cards.good}">${cards.good} (good)</option>
          <option value="${cards.declined}">${cards.declined} (declined)</option>
          <option value="${cards.failsLater}">${cards.failsLater} (declined at the next charge)</option>
        </select></label>
        ${session.allow_promotion_codes ? '<label>Promotion code <input name="promotion_code"></label>' : ''}
        <button name="action" value="pay">Subscribe</button>
        <button name="action" value="cancel" formnovalidate>Back</button>
      </form>`,
    )
  }

  function pay(session: Resource, form: Form): Answer {
    if (form.action === 'cancel') return { status: 303, location: session.cancel_url ?? session.success_url }
    if (form.card === cards.declined) return { ...payPage(session, 'Your card was declined.'), status: 402 }
    const promotion = form.promotion_code ? state.all('promotion_code').find(({ code }) => code === form.promotion_code) : undefined
    if (form.promotion_code && !promotion) return { ...payPage(session, 'This code is invalid.'), status: 400 }
    const customer = state.find('customer', session.customer) ?? state.add('customer', { email: session.customer_email, name: null, sim: {} })
    customer.sim.card = form.card ?? cards.good
    const subscription = billing.start({
      customer,
      price: priceOf(session),
      quantity: session.sim.quantity,
      trialDays: Number(session.sim.data.trial_period_days ?? 0),
      metadata: session.sim.data.metadata ?? {},
      discountPercent: promotion ? state.find('coupon', promotion.promotion.coupon)!.percent_off : 0,
      automaticTax: session.automatic_tax.enabled,
    })
    Object.assign(session, { status: 'complete', payment_status: 'paid', customer: customer.id, subscription: subscription.id, url: null })
    state.emit('checkout.session.completed', session)
    return { status: 303, location: session.success_url.replace('{CHECKOUT_SESSION_ID}', session.id) }
  }

  function portalPage(portal: Resource): Answer {
    const rows = state
      .all('subscription')
      .filter(({ customer, status }) => customer === portal.customer && status !== 'canceled')
      .map((subscription) => {
        const others = state.all('price').filter((price) => price.recurring && price.id !== billing.itemOf(subscription).price.id)
        return `<form method="post"><input type="hidden" name="subscription" value="${subscription.id}">
          <p>${escape(billing.itemOf(subscription).price.nickname ?? '')}: ${subscription.status}${subscription.cancel_at_period_end ? ', ends with the period' : ''}</p>
          <button name="action" value="${subscription.cancel_at_period_end ? 'resume' : 'cancel'}">${subscription.cancel_at_period_end ? 'Renew subscription' : 'Cancel subscription'}</button>
          <label>Plan <select name="price">${others.map(({ id, nickname }) => `<option value="${id}">${escape(nickname ?? id)}</option>`).join('')}</select></label>
          <button name="action" value="switch">Update subscription</button>
          <label>Quantity <input name="quantity" type="number" min="1" value="${billing.itemOf(subscription).quantity}"></label>
          <button name="action" value="quantity">Update quantity</button>
          <button name="action" value="pay">Pay with another card</button></form>`
      })
    const back = portal.return_url ? `<a href="${escape(portal.return_url)}">Return</a>` : ''
    return page('Billing', `<h1>Your subscriptions</h1>${rows.join('') || '<p>There are none.</p>'}${back}`)
  }

  function act(portal: Resource, form: Form): Answer {
    const subscription = state.find('subscription', form.subscription ?? '')
    if (subscription?.customer !== portal.customer || !subscription) throw missing('subscription', form.subscription ?? '')
    if (form.action === 'cancel' || form.action === 'resume') billing.cancelAtPeriodEnd(subscription, form.action === 'cancel')
    if (form.action === 'switch') billing.changePrice(subscription, state.find('price', form.price ?? '')!, { proration: 'always_invoice' })
    if (form.action === 'quantity') {
      billing.changePrice(subscription, billing.itemOf(subscription).price, { quantity: Number(form.quantity), proration: 'always_invoice' })
    }
    if (form.action === 'pay') billing.payOpen(subscription)
    return { status: 303, location: portal.url }
  }

  return function serve(method: string, path: string, form: Form): Answer {
    const [, kind = '', id = ''] = path.split('/')
    if (kind === 'pay') {
      const session = state.find('checkout.session', id)
      if (!session) throw missing('checkout session', id)
      if (session.status !== 'open') throw new StripeFault(400, `This page is ${session.status === 'complete' ? 'paid' : 'expired'}.`)
      return method === 'POST' ? pay(session, form) : payPage(session)
    }
    if (kind === 'portal') {
      const portal = state.find('billing_portal.session', id)
      if (!portal) throw missing('portal session', id)
      return method === 'POST' ? act(portal, form) : portalPage(portal)
    }
    const invoice = state.find('invoice', id)
    if (kind !== 'invoice' || !invoice) throw missing('page', path)
    return page('Invoice', `<h1>Invoice ${invoice.number}</h1><p>${money(invoice.total, invoice.currency)}, ${invoice.status}</p>`)
  }
}

const page = (title: string, body: string): Answer => ({
  status: 200,
  html: `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title} · simulated Stripe</title><main>${body}</main></html>`,
})

const money = (cents: number, currency: string) => new Intl.NumberFormat('en', { style: 'currency', currency }).format(cents / 100)
const escape = (text: string) => text.replaceAll(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`)
