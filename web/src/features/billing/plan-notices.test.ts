import type { Subscription } from '@jarvis/contracts/billing.ts'
import { expect, test } from 'vitest'
import { planNotices } from './plan-notices.ts'

const paid: Subscription = {
  billing: true,
  plan: 'pro',
  source: 'stripe',
  status: 'active',
  interval: 'month',
  currentPeriodEndsAt: '2026-12-09T12:00:00Z',
  cancelAtPeriodEnd: false,
  trialEndsAt: null,
  trialDays: 0,
  graceEndsAt: null,
}

test.each<[string, Partial<Subscription>, RegExp[]]>([
  ['a subscription in order says nothing', {}, []],
  [
    'a failed payment names the end of the grace time',
    { status: 'past_due', graceEndsAt: '2026-12-07T12:00:00Z' },
    [/payment failed. You keep Pro until .*7/],
  ],
  ['a cancelled one says until when', { cancelAtPeriodEnd: true }, [/Cancelled: you keep Pro until .*9/]],
  ['a trial says when it is paid for', { status: 'trialing', trialEndsAt: '2026-12-08T12:00:00Z' }, [/first payment is on .*8/]],
  ['a cancelled trial is not paid for', { status: 'trialing', trialEndsAt: '2026-12-08T12:00:00Z', cancelAtPeriodEnd: true }, [/Cancelled/]],
  ['a gift says who gave it', { source: 'admin', status: 'none' }, [/administrator gave you/]],
])('%s', (_name, more, texts) =>
  expect(planNotices({ ...paid, ...more }).map(({ text }) => text)).toEqual(texts.map((text) => expect.stringMatching(text) as string)),
)
