import type { OpenAPIV3_1 } from 'openapi-types'

/** A schema that allows the fields that a later version adds: a client that refused them would break by an update. */
export function withRoom<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(withRoom) as Value
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(([name, inner]) => name !== 'additionalProperties' || inner !== false)
  return Object.fromEntries(fields.map(([name, inner]) => [name, name === 'example' ? inner : withRoom(inner)])) as Value
}

/** Every answer with room for more; what is asked stays exact, for the server refuses what it does not know. */
export function withOpenAnswers(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  const schemas = document.components?.schemas ?? {}
  const asked = new Set<string>()
  const follow = (value: unknown) => {
    for (const [, name] of JSON.stringify(value ?? null).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (asked.has(name!)) continue
      asked.add(name!)
      follow(schemas[name!])
    }
  }
  const operations = Object.values(document.paths ?? {}).flatMap((item) => Object.values(item ?? {}) as OpenAPIV3_1.OperationObject[])
  for (const { requestBody, parameters } of operations) follow([requestBody, parameters])
  const paths = Object.fromEntries(
    Object.entries(document.paths ?? {}).map(([path, item]) => [
      path,
      Object.fromEntries(
        Object.entries(item as Record<string, OpenAPIV3_1.OperationObject>).map(([method, operation]) => [
          method,
          { ...operation, responses: withRoom(operation.responses) },
        ]),
      ),
    ]),
  ) as OpenAPIV3_1.PathsObject
  const open = Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, asked.has(name) ? schema : withRoom(schema)]))
  return { ...document, paths, components: { ...document.components, schemas: open } }
}
