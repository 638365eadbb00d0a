import { parseAllDocuments } from 'yaml'

// A manifest is read by path and checked where it is read; its schema is checked elsewhere.
export type Manifest = {
  apiVersion: string
  kind: string
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> }
  // oxlint-disable-next-line typescript/no-explicit-any -- see above
  [field: string]: any
}
export type Labels = Record<string, string>
type PodTemplate = { owner: string; kind: string; labels: Labels; spec: Manifest[string] }

/** @throws Error where the text is no YAML, or names a key twice */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text, { uniqueKeys: true }).flatMap((document) => {
    if (document.errors[0]) throw document.errors[0]
    const manifest = document.toJS() as Manifest | null
    return manifest ? [manifest] : []
  })
}

export const nameOf = ({ kind, metadata }: Manifest) => `${kind} ${metadata?.name ?? '(no name)'}`
export const ofKind = (manifests: Manifest[], ...kinds: string[]) => manifests.filter(({ kind }) => kinds.includes(kind))

/** Everything that makes pods. */
export function podTemplates(manifests: Manifest[]): PodTemplate[] {
  return ofKind(manifests, 'Deployment', 'StatefulSet', 'Job').map((manifest) => ({
    owner: nameOf(manifest),
    kind: manifest.kind,
    labels: (manifest.spec?.template?.metadata?.labels ?? {}) as Labels,
    spec: manifest.spec?.template?.spec ?? {},
  }))
}

export const includesLabels = (labels: Labels, wanted: Labels = {}) => Object.entries(wanted).every(([key, value]) => labels[key] === value)
