import type { Billing } from './billing.ts'
import { missing } from './fault.ts'
import { type Resource, shown, type State } from './state.ts'
import type { Delivery, Webhooks } from './webhooks.ts'

/** `failing`: how many of the next calls answer 500. `gate`: holds answers back that are made, so that they come late. */
export type Faults = { failing: number; gate: PromiseWithResolvers<void> | undefined }
type Sim = { state: State; billing: Billing; webhooks: Webhooks; faults: Faults; requests: readonly object[] }
type Body = Partial<{
  seconds: number
  now: number
  url: string
  on: boolean
  events: string[]
  subscription: string
  as: 'canceled' | 'unpaid'
  failing: number
}> &
  Delivery

/** For a simulator in a process of its own: `POST /_sim/<verb>` with JSON. */
export async function control({ state, billing, webhooks, faults, requests }: Sim, verb: string, body: Body): Promise<object | undefined> {
  const eventsOf = (ids: string[]) => ids.map((id) => need(state, 'event', id))
  const subscription = () => need(state, 'subscription', body.subscription ?? '')
  const verbs: Record<string, () => object | void | Promise<object | void>> = {
    clock: () => (body.now === undefined ? billing.advance(body.seconds ?? 0) : state.setNow(body.now), { now: state.now() }),
    webhook: () => webhooks.aim(body.url ?? ''),
    hold: () => ({ events: webhooks.hold(body.on ?? true).map(({ id, type }) => ({ id, type })) }),
    deliver: async () => ({ answers: await webhooks.deliver(eventsOf(body.events ?? []), body) }),
    settled: () => webhooks.settled(),
    events: () => ({ events: state.all('event').map((event) => shown(event)) }),
    'give-up': () => billing.giveUp(subscription(), body.as ?? 'canceled'),
    'pay-open': () => billing.payOpen(subscription()),
    failing: () => void (faults.failing = body.failing ?? 0),
    gate: () => {
      faults.gate?.resolve()
      faults.gate = body.on ? Promise.withResolvers() : undefined
    },
    requests: () => ({ requests }),
  }
  const act = verbs[verb]
  if (!act) throw missing('control', verb)
  return (await act()) ?? undefined
}

function need(state: State, kind: 'event' | 'subscription', id: string): Resource {
  const found = state.find(kind, id)
  if (!found) throw missing(kind, id)
  return found
}
