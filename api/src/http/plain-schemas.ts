type Schema = Record<string, unknown>

/** The same JSON schemas, said so that readers and generators of clients take them: zod says some of it in ways that few know. */
export function withPlainSchemas<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(withPlainSchemas) as Value
  if (typeof value !== 'object' || value === null) return value
  return plain(Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withPlainSchemas(inner)]))) as Value
}

function plain(schema: Schema): Schema {
  const { anyOf, pattern, format, prefixItems, propertyNames, additionalProperties } = schema
  // A format says what its long pattern says.
  if (typeof pattern === 'string' && typeof format === 'string') return plain(without(schema, 'pattern'))
  // One that takes anything makes the others say nothing.
  if (Array.isArray(anyOf) && anyOf.some((one: object) => Object.keys(one).length === 0)) return plain(without(schema, 'anyOf'))
  if (Array.isArray(prefixItems) && !schema.items)
    return { ...schema, items: oneOfThese(prefixItems as Schema[]), minItems: prefixItems.length, maxItems: prefixItems.length }
  // The bounds of every integer that JSON can hold.
  if (schema.maximum === Number.MAX_SAFE_INTEGER) return plain(without(schema, 'maximum'))
  if (schema.minimum === Number.MIN_SAFE_INTEGER) return plain(without(schema, 'minimum'))
  const keys = (propertyNames as Schema | undefined)?.enum
  if (Array.isArray(keys) && schema.properties === undefined) {
    const properties = Object.fromEntries((keys as string[]).map((key) => [key, additionalProperties]))
    return { ...without(schema, 'propertyNames'), properties, additionalProperties: false }
  }
  return schema
}

function oneOfThese(schemas: Schema[]): Schema {
  const distinct = [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()]
  return distinct.length === 1 ? distinct[0]! : { anyOf: distinct }
}

function without(schema: Schema, name: string): Schema {
  const { [name]: _, ...rest } = schema
  return rest
}
