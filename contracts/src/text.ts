import { z } from 'zod'

/** What PostgreSQL can hold and give back unchanged, and what is said where a text is not so. */
export const storable: readonly [isSo: (value: string) => boolean, otherwise: string][] = [
  [(value) => !value.includes('\u0000'), 'must not contain NUL characters'],
  [(value) => value.isWellFormed(), 'must be valid Unicode'],
]

/** Text that PostgreSQL can hold and give back unchanged: no NUL, no half of a surrogate pair, at most `charactersMax` UTF-16 units. */
export const text = (charactersMax: number, charactersMin = 1) =>
  storable.reduce((schema, rule) => schema.refine(...rule), z.string().min(charactersMin).max(charactersMax))

/** What a person wishes, in their own words. */
export const Instructions = text(4000, 0).trim()

export const Id = z.uuid()
export const Timestamp = z.iso.datetime()
export const TokenCount = z.int().min(0)
export const MicroUsd = z.int().min(0)

/** For a list that has an end: all of it, unless a client asks for less at once. */
export const WholeListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).optional(),
  cursor: text(200).optional(),
})

export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: text(200).optional(),
})

/** Every list answers `{items, nextCursor}`; `nextCursor` is null on the last page. */
export const page = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item), nextCursor: z.string().nullable() })
export type Page<Item> = { items: Item[]; nextCursor: string | null }

/** The schema of a list that has an end. */
export const wholeList = <Item extends z.ZodType>(tag: string, item: Item) => ({
  tags: [tag],
  querystring: WholeListQuery,
  response: { 200: page(item) },
})

/** Money of people's, in the currency in which it is asked: `value` is a decimal number as text, with the decimals that the currency has. */
export const Amount = z.object({ currency: z.string(), value: z.string().regex(/^-?\d+(\.\d{2,3})?$/) }).meta({ id: 'Amount' })
export type Amount = z.infer<typeof Amount>
