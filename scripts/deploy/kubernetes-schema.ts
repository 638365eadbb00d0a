import * as models from '@kubernetes/client-node'
import { customResources } from './custom-resources.ts'
import { type Manifest, nameOf } from './manifest.ts'

type Attribute = { baseName: string; type: string }
type Model = { getAttributeTypeMap(): Attribute[] }

/**
 * What is wrong with one object by the schemas that Kubernetes publishes. Two libraries made from them are asked: one knows what is
 * required and of which type, and lets unknown fields pass; the other knows every field.
 */
export async function schemaFaults(manifest: Manifest): Promise<string[]> {
  const { apiVersion, kind } = manifest
  const custom = customResources[`${apiVersion} ${kind}`]
  if (custom) {
    const { error } = custom.safeParse(manifest)
    return error ? error.issues.map(({ path, message }) => `${nameOf(manifest)}: ${path.join('.')}: ${message}`) : []
  }
  const version = apiVersion.split('/').at(-1)!
  const model = modelNamed(`${version[0]!.toUpperCase()}${version.slice(1)}${kind}`)
  if (!model) return [`${nameOf(manifest)}: there is no ${kind} in ${apiVersion}.`]
  return [...unknownFields(manifest, model, []).map((path) => `${nameOf(manifest)}: ${path} is no field of it.`), ...(await validate(manifest))]
}

async function validate(manifest: Manifest): Promise<string[]> {
  const { apiVersion, kind } = manifest
  type Constructor = new (data: object) => { validate(): void }
  const path = `kubernetes-models/${apiVersion}/${kind}`
  const module = (await import(path)) as Record<string, Constructor>
  try {
    new module[kind]!(manifest).validate()
    return []
  } catch (error) {
    return (error as Error).message.split(', ').map((message) => `${nameOf(manifest)}: ${message.replace(/^data\/?/, '')}`)
  }
}

function unknownFields(value: unknown, model: Model, path: (string | number)[]): string[] {
  if (typeof value !== 'object' || value === null) return []
  const attributes = new Map(model.getAttributeTypeMap().map((attribute) => [attribute.baseName, attribute.type]))
  return Object.entries(value).flatMap(([name, inner]) => {
    const type = attributes.get(name)
    return type === undefined ? [[...path, name].join('.')] : fieldsOfType(inner, type, [...path, name])
  })
}

function fieldsOfType(value: unknown, type: string, path: (string | number)[]): string[] {
  const items = /^Array<(.+)>$/.exec(type)?.[1]
  if (items) return Array.isArray(value) ? value.flatMap((item, index) => fieldsOfType(item, items, [...path, index])) : []
  const values = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1]
  if (values) return Object.entries(value ?? {}).flatMap(([key, item]) => fieldsOfType(item, values, [...path, key]))
  const model = modelNamed(type)
  return model ? unknownFields(value, model, path) : []
}

function modelNamed(name: string): Model | undefined {
  const model = (models as unknown as Record<string, Partial<Model> | undefined>)[name]
  return model?.getAttributeTypeMap ? (model as Model) : undefined
}
