import { z } from 'zod'

const shared = { limit: z.coerce.number().int().min(1).max(100).default(20), after: z.string().max(200).optional() }
const order = z.enum(['asc', 'desc'])

export const NewestFirst = z.object({ ...shared, order: order.default('desc') })
export const OldestFirst = z.object({ ...shared, order: order.default('asc') })
export type ItemQuery = z.infer<typeof NewestFirst>

/** A list as OpenAI pages it. `all` begins with the oldest. */
export function pageOf(all: readonly { id: string }[], { limit, order, after }: ItemQuery): object {
  const ordered = order === 'asc' ? all : all.toReversed()
  const from = after === undefined ? 0 : ordered.findIndex((item) => item.id === after) + 1
  return listOf(ordered.slice(from, from + limit), from + limit < ordered.length)
}

export const listOf = (data: readonly { id: string }[], hasMore: boolean): object => ({
  object: 'list',
  data,
  first_id: data[0]?.id ?? null,
  last_id: data.at(-1)?.id ?? null,
  has_more: hasMore,
})
