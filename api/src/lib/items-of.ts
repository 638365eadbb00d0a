import type { Page } from '@jarvis/contracts/text.ts'

/** Every item of a list, its pages read one by one as the items are taken. */
export async function* itemsOf<Item>(page: (cursor: string | undefined) => Promise<Page<Item>>): AsyncGenerator<Item> {
  for (let cursor: string | null | undefined; cursor !== null;) {
    const { items, nextCursor } = await page(cursor)
    yield* items
    cursor = nextCursor
  }
}
