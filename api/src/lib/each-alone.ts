import { z } from 'zod'

/**
 * A list of an outside system, each item read for itself: one that is not as it should be is left out and hides none of the others. A list of
 * which nothing can be read is no list.
 */
export const eachAlone = <Item extends z.ZodType>(item: Item) =>
  z.array(z.unknown()).transform((items, context) => {
    const read = items.map((each) => item.safeParse(each)).filter(({ success }) => success)
    if (items.length > 0 && read.length === 0) context.addIssue({ code: 'custom', message: `none of the ${items.length} items can be read` })
    return read.map(({ data }) => data as z.output<Item>)
  })
