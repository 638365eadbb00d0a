import { expect, test } from 'vitest'
import type { z } from 'zod'
import { endpoints } from './endpoints.ts'

type Schema = z.core.$ZodType
type Def = {
  type: string
  shape?: Record<string, Schema>
  element?: Schema
  options?: Schema[]
  innerType?: Schema
  in?: Schema
  valueType?: Schema
  keyType?: Schema
  items?: Schema[]
}

/** Where a request may say text, as paths, with the schema there. */
function* textsIn(schema: Schema, path: string): Generator<[string, Schema]> {
  const def = schema._zod.def as unknown as Def
  if (def.type === 'string') yield [path, schema]
  for (const [name, inner] of Object.entries(def.shape ?? {})) yield* textsIn(inner, `${path}.${name}`)
  const inside = [def.element, def.innerType, def.in, def.keyType, def.valueType, ...(def.options ?? []), ...(def.items ?? [])]
  for (const inner of inside) if (inner) yield* textsIn(inner, path)
}

const asked = Object.entries(endpoints).flatMap(([name, endpoint]) => {
  const { body, querystring, params } = endpoint.schema as { body?: Schema; querystring?: Schema; params?: Schema }
  return Object.entries({ body, querystring, params }).flatMap(([part, schema]) => (schema ? [...textsIn(schema, `${name} ${part}`)] : []))
})

test('no field of a request takes text that the database cannot hold', () => {
  expect(asked.length).toBeGreaterThan(50)
  const taken = asked.filter(([, schema]) => ['a\u0000b', 'a\ud800b'].some((text) => isTaken(schema, text)))
  expect(taken.map(([path]) => path)).toEqual([])
})

const isTaken = (schema: Schema, text: string) => (schema as z.ZodType).safeParse(text).success
