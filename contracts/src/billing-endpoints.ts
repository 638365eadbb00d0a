import { z } from 'zod'
import { CheckoutBody, HostedPage, Invoice, Subscription } from './billing.ts'
import { planEndpoints } from './plan-endpoints.ts'
import { wholeList } from './text.ts'

const anyone = ['anyone'] as const
const person = ['person'] as const

export const billingEndpoints = {
  ...planEndpoints,
  subscription: {
    method: 'GET',
    url: '/api/v1/billing/subscription',
    config: { who: person },
    schema: { tags: ['billing'], response: { 200: Subscription } },
  },
  checkout: {
    method: 'POST',
    url: '/api/v1/billing/checkout',
    config: { who: person },
    schema: { tags: ['billing'], body: CheckoutBody, response: { 200: HostedPage } },
  },
  portal: { method: 'POST', url: '/api/v1/billing/portal', config: { who: person }, schema: { tags: ['billing'], response: { 200: HostedPage } } },
  webhook: {
    method: 'POST',
    url: '/api/v1/billing/webhook',
    config: { who: anyone },
    schema: {
      tags: ['billing'],
      description:
        'For Stripe: an event of up to 1 MiB, as raw bytes, with its Stripe-Signature. A bad signature is 400; an event that is nothing to Jarvis is 200 with a note.',
      response: { 200: z.object({ received: z.boolean() }) },
    },
  },
  invoices: {
    method: 'GET',
    url: '/api/v1/billing/invoices',
    config: { who: person },
    schema: wholeList('billing', Invoice),
  },
} as const
