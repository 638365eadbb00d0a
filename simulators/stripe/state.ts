import { randomBytes } from 'node:crypto'

/** An object of the API; `sim` is what only the simulator knows of it. Only the fields that Jarvis, or a person who watches, may look at are simulated. */
export type Resource = { id: string; object: string; created: number; [field: string]: any } // oxlint-disable-line typescript/no-explicit-any -- as loose as JSON
export type State = ReturnType<typeof createState>

const kinds = {
  customer: 'cus',
  product: 'prod',
  price: 'price',
  coupon: 'coupon',
  promotion_code: 'promo',
  'checkout.session': 'cs_test',
  'billing_portal.session': 'bps',
  subscription: 'sub',
  subscription_item: 'si',
  invoice: 'in',
  charge: 'ch',
  event: 'evt',
} as const
export type Kind = keyof typeof kinds

/** Everything the simulated account holds, its clock, and the events that each change makes. */
export function createState(apiVersion: string, pagesUrl: string) {
  const resources = new Map<string, Resource>()
  const listeners: ((event: Resource) => void)[] = []
  let aheadSeconds = 0
  let request: { id: string; idempotency_key: string | null } = { id: 'req_sim', idempotency_key: null }

  const now = () => Math.floor(Date.now() / 1000) + aheadSeconds

  const state = {
    now,
    pagesUrl,
    setNow: (seconds: number) => {
      aheadSeconds = seconds - Math.floor(Date.now() / 1000)
    },
    setRequest: (next: typeof request) => {
      request = next
    },
    onEvent: (listener: (event: Resource) => void) => void listeners.push(listener),

    newId: (kind: Kind): string => `${kinds[kind]}_${randomBytes(12).toString('hex')}`,

    add<Fields extends object>(kind: Kind, fields: Fields & { id?: string }): Resource & Fields {
      const resource = { id: state.newId(kind), object: kind, created: now(), livemode: false, metadata: {}, ...fields }
      resources.set(resource.id, resource)
      return resource
    },

    find(kind: Kind, id: string): Resource | undefined {
      const found = resources.get(id)
      return found?.object === kind ? found : undefined
    },

    remove: (id: string) => void resources.delete(id),

    /** Newest first, as Stripe lists. */
    all: (kind: Kind): Resource[] =>
      Array.from(resources.values())
        .filter(({ object }) => object === kind)
        .toReversed(),

    any: (id: string): Resource | undefined => resources.get(id),

    /** The event holds the object as it is now. */
    emit(type: string, object: Resource): Resource {
      const event = state.add('event', {
        api_version: apiVersion,
        data: { object: shown(object) },
        pending_webhooks: 1,
        request,
        type,
      })
      for (const listener of listeners) listener(event)
      return event
    },
  }
  return state
}

/** As it leaves: without what only the simulator knows of it. */
export function shown(object: Resource): Resource {
  return JSON.parse(JSON.stringify(object, (key, value: unknown) => (key === 'sim' ? undefined : value))) as Resource
}
