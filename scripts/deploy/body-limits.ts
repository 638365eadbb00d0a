import { bodyBytesMax, longBodyBytesMax, longBodyPaths, uploadBytesMax, uploadPaths } from '../../api/src/http/body-limits.ts'
import { type Manifest, nameOf, ofKind } from './manifest.ts'

/** As nginx writes sizes. */
const sizeOf = (bytes: number) => `${bytes / 1024 / 1024}m`

/** What is longer than other bodies: where, and how long. */
const longer = [
  ...longBodyPaths.map((url) => ({ url, size: sizeOf(longBodyBytesMax) })),
  ...uploadPaths.map((url) => ({ url, size: sizeOf(uploadBytesMax) })),
]

/** A way in that takes less than the API refuses what clients may send; one that takes more lets anybody fill it. */
export function nginxBodyFaults(path: string, template: string): string[] {
  const locations = [...template.matchAll(/location ~ (\S+) \{([^}]*)\}/g)]
  const takenAt = (url: string) => {
    const [, , block = ''] = locations.find(([, expression]) => new RegExp(expression!).test(url)) ?? []
    return /client_max_body_size (\w+);/.exec(block)?.[1]
  }
  const long = longer.filter(({ url, size }) => takenAt(url) !== size)
  const others = template.replaceAll(/location [^{]*\{[^}]*\}/g, '')
  return [
    ...long.map(({ url, size }) => `${path}: ${url} takes ${size}, and here it does not.`),
    ...(others.includes(`client_max_body_size ${sizeOf(bodyBytesMax)};`) ? [] : [`${path}: other bodies are at most ${sizeOf(bodyBytesMax)}.`]),
  ]
}

/** An ingress has one bound for all of its paths, so it is that of the longest; behind it the API has its own. */
export function clusterBodyFaults(manifests: Manifest[]): string[] {
  const size = sizeOf(Math.max(longBodyBytesMax, uploadBytesMax))
  const ingresses = ofKind(manifests, 'Ingress')
    .filter(({ metadata }) => metadata.annotations?.['nginx.org/client-max-body-size'] !== size)
    .map((ingress) => `${nameOf(ingress)}: must take bodies of ${size}, as the API does.`)
  const routes = ofKind(manifests, 'HTTPRoute').flatMap((route) => {
    const rules = route.spec.rules as Manifest[string][]
    if (!rules.some(({ backendRefs }) => backendRefs)) return []
    return longer
      .filter(({ url, size }) => !takes(manifests, ruleFor(rules, url), size))
      .map(({ url, size }) => `${nameOf(route)}: ${url} must take bodies of ${size}.`)
  })
  return [...ingresses, ...routes]
}

type Match = { path: { type: string; value: string } }
type Rule = { matches?: Match[]; filters?: { type: string; extensionRef?: { name: string } }[] }

const ruleFor = (rules: Rule[], url: string) =>
  rules.find(({ matches = [] }) => matches.some(({ path }) => (path.type === 'Exact' ? path.value === url : url.startsWith(`${path.value}/`))))

function takes(manifests: Manifest[], rule: Rule | undefined, size: string): boolean {
  const names = rule?.filters?.map(({ extensionRef }) => extensionRef?.name) ?? []
  const filters = ofKind(manifests, 'SnippetsFilter').filter(({ metadata }) => names.includes(metadata.name))
  return filters.some(({ spec }) => JSON.stringify(spec).includes(`client_max_body_size ${size};`))
}
