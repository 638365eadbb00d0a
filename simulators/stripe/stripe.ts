import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { addPrice, createApi } from './api.ts'
import { createBilling } from './billing.ts'
import { control, type Faults } from './control.ts'
import { StripeFault } from './fault.ts'
import { createPages } from './pages.ts'
import { parseForm } from './parameters.ts'
import { createState } from './state.ts'
import { createWebhooks } from './webhooks.ts'

export type StripeOptions = { port?: number; host?: string; webhookUrl?: string | undefined }
export type StripeSimulator = Awaited<ReturnType<typeof startStripe>>

const apiVersion = '2026-10-28.endive'
const apiKey = 'sk_test_simulated'
const webhookSecret = 'whsec_simulated'
const bodyBytesMax = 1024 * 1024
const catalogue = { pro: { month: 2000, year: 20_000 }, enterprise: { month: 20_000, year: 200_000 } }

/**
 * A Stripe account of its own behind a port, for the unmodified SDK: REST API, hosted pages, signed webhooks, and under `/_sim/` what
 * makes time pass and things go wrong. It sells Jarvis's plans from the start; `settings` are what Jarvis needs to use it.
 */
export async function startStripe({ port = 0, host = '127.0.0.1', webhookUrl }: StripeOptions = {}) {
  const server = createServer((request, response) => void handle(request, response).catch((error: unknown) => answerError(response, error)))
  server.listen(port, host)
  await once(server, 'listening')
  const url = `http://${host}:${(server.address() as AddressInfo).port}`

  const state = createState(apiVersion, url)
  const billing = createBilling(state)
  const api = createApi(state, billing)
  const pages = createPages(state, billing)
  const webhooks = createWebhooks({ url: webhookUrl, secret: webhookSecret })
  const faults: Faults = { failing: 0, gate: undefined }
  const firstAnswers = new Map<string, { request: string; status: number; body: string }>()
  const requests: { method: string; path: string; idempotencyKey: string | null; body: string }[] = []
  state.onEvent((event) => webhooks.take(event))
  for (const [plan, prices] of Object.entries(catalogue)) {
    const product = state.add('product', { id: `prod_${plan}`, name: `Jarvis ${plan}`, active: true })
    for (const [interval, amount] of Object.entries(prices)) {
      addPrice(state, {
        id: `price_${plan}_${interval}`,
        product: product.id,
        currency: 'usd',
        amount,
        recurring: { interval },
        nickname: `${plan} by the ${interval}`,
      })
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(request.url ?? '/', url)
    const method = request.method ?? 'GET'
    const body = await read(request)
    if (pathname.startsWith('/_sim/')) {
      const answer = await control({ state, billing, webhooks, faults, requests }, pathname.slice(6), JSON.parse(body || '{}') as never)
      return send(response, 200, JSON.stringify(answer ?? {}))
    }
    if (!pathname.startsWith('/v1/')) return sendPage(response, pages(method, pathname, Object.fromEntries(new URLSearchParams(body))))
    await answerApi(request, response, { method, pathname, text: method === 'GET' ? search.slice(1) : body })
  }

  async function answerApi(
    request: IncomingMessage,
    response: ServerResponse,
    call: { method: string; pathname: string; text: string },
  ): Promise<void> {
    const { method, pathname, text } = call
    if (request.headers.authorization !== `Bearer ${apiKey}`) throw new StripeFault(401, 'Invalid API Key provided.')
    const key = method === 'POST' ? (request.headers['idempotency-key'] as string | undefined) : undefined
    requests.push({ method, path: pathname, idempotencyKey: (request.headers['idempotency-key'] as string | undefined) ?? null, body: text })
    if (faults.failing > 0) {
      faults.failing--
      throw new StripeFault(500, 'An unknown error occurred', { type: 'api_error' })
    }
    const fingerprint = createHash('sha256').update(`${method} ${pathname} ${text}`).digest('hex')
    const first = key === undefined ? undefined : firstAnswers.get(key)
    if (first && first.request !== fingerprint) {
      const message = `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`
      throw new StripeFault(400, message, { type: 'idempotency_error' })
    }
    if (first) return send(response, first.status, first.body, { 'idempotent-replayed': 'true' })
    const requestId = `req_${randomBytes(8).toString('hex')}`
    state.setRequest({ id: requestId, idempotency_key: key ?? null })
    const answer = JSON.stringify(api(method, pathname, parseForm(text)))
    if (key !== undefined) firstAnswers.set(key, { request: fingerprint, status: 200, body: answer })
    await faults.gate?.promise
    send(response, 200, answer, { 'request-id': requestId })
  }

  return {
    url,
    api,
    state,
    billing,
    webhooks,
    faults,
    /** What the API was asked, oldest first. */
    requests,
    settings: {
      STRIPE_SECRET_KEY: apiKey,
      STRIPE_WEBHOOK_SECRET: webhookSecret,
      STRIPE_PRICE_PRO: 'price_pro_month',
      STRIPE_PRICE_PRO_YEARLY: 'price_pro_year',
      STRIPE_PRICE_ENTERPRISE: 'price_enterprise_month',
      STRIPE_PRICE_ENTERPRISE_YEARLY: 'price_enterprise_year',
      STRIPE_API_BASE: url,
    },
    async [Symbol.asyncDispose]() {
      webhooks.hold(true)
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bodyBytesMax) throw new StripeFault(413, 'The request is too large.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function send(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', 'stripe-version': apiVersion, ...headers }).end(body)
}

function sendPage(response: ServerResponse, { status, html = '', location }: { status: number; html?: string; location?: string }): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', ...(location && { location }) }).end(html)
}

function answerError(response: ServerResponse, error: unknown): void {
  const fault = error instanceof StripeFault ? error : new StripeFault(500, String(error), { type: 'api_error' })
  const code = fault.fields.code
  send(
    response,
    fault.status,
    JSON.stringify({ error: { message: fault.message, ...(code && { doc_url: `https://stripe.com/docs/error-codes/${code}` }), ...fault.fields } }),
  )
}
