// Ids of what a response says name the response, where an item is looked up that a client only refers to.

const prefix = 'resp_'

export const itemId = (kind: 'msg' | 'fc', responseId: string, at: number): string => `${kind}_${responseId.slice(prefix.length)}_${at}`

/** The response that an item is of, by the item's id. */
export function responseOf(id: string): string | null {
  const [, response] = /^(?:msg|fc)_([0-9a-f-]{36})_\d{1,4}$/.exec(id) ?? []
  return response === undefined ? null : prefix + response
}
