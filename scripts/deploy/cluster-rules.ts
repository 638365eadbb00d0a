import { includesLabels, type Labels, type Manifest, nameOf, ofKind, podTemplates } from './manifest.ts'

const privateRanges = ['10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fe80::/10']

const isNamed = (wanted: { kind: string; name: string }) => (manifest: Manifest) =>
  manifest.kind === wanted.kind && manifest.metadata.name === wanted.name

/** What one manifest says of another must be so: selectors, ports, targets, routes. */
export function referenceFaults(manifests: Manifest[]): string[] {
  const faults: string[] = []
  const templates = podTemplates(manifests)
  const must = (manifest: Manifest, isSo: unknown, sentence: string) => void (isSo || faults.push(`${nameOf(manifest)}: ${sentence}`))
  const services = new Map(ofKind(manifests, 'Service').map((service) => [service.metadata.name, service]))
  const portOf = (service: string, port: string | number) =>
    services.get(service)?.spec.ports.some((known: { name: string; port: number }) => known.port === port || known.name === port)
  const selected = (labels: Labels) => templates.filter((template) => includesLabels(template.labels, labels))

  for (const manifest of ofKind(manifests, 'Deployment', 'StatefulSet'))
    must(
      manifest,
      includesLabels(manifest.spec.template.metadata.labels, manifest.spec.selector.matchLabels),
      'its selector does not find its own pods.',
    )
  for (const service of services.values()) {
    const pods = selected(service.spec.selector)
    must(service, pods.length > 0, 'its selector finds no pod.')
    for (const { targetPort } of service.spec.ports) {
      const isOpen = pods.every(({ spec }) => spec.containers[0].ports.some((port: { name: string }) => port.name === targetPort))
      must(service, isOpen, `no container has a port named ${targetPort}.`)
    }
  }
  for (const budget of ofKind(manifests, 'PodDisruptionBudget'))
    must(budget, selected(budget.spec.selector.matchLabels).length > 0, 'its selector finds no pod.')
  for (const scaler of ofKind(manifests, 'HorizontalPodAutoscaler')) {
    const { kind, name } = scaler.spec.scaleTargetRef
    const target = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name)
    must(scaler, target, `there is no ${kind} ${name}.`)
    must(scaler, target?.spec.replicas === undefined, `${kind} ${name} sets replicas: each apply would undo the scaling.`)
    must(scaler, scaler.spec.minReplicas <= scaler.spec.maxReplicas, 'minReplicas is over maxReplicas.')
  }
  for (const ingress of ofKind(manifests, 'Ingress')) {
    must(ingress, ingress.spec.tls?.length > 0, 'has no TLS.')
    for (const { http } of ingress.spec.rules)
      for (const { backend } of http.paths) {
        const { name, port } = backend.service
        must(ingress, portOf(name, port.name ?? port.number), `leads to ${name}, which is no Service with that port.`)
      }
  }
  const listeners = ofKind(manifests, 'Gateway').flatMap(({ metadata, spec }) =>
    spec.listeners.map(({ name }: { name: string }) => `${metadata.name}/${name}`),
  )
  const isFabric = ofKind(manifests, 'Gateway').some(({ spec }) => spec.gatewayClassName === 'nginx')
  for (const route of ofKind(manifests, 'HTTPRoute')) {
    for (const { name, sectionName } of route.spec.parentRefs)
      must(route, listeners.includes(`${name}/${sectionName}`), `there is no listener ${sectionName} of ${name}.`)
    for (const { filters = [], timeouts } of route.spec.rules) {
      must(route, !timeouts || !isFabric, 'sets timeouts, which NGINX Gateway Fabric does not honour: use a SnippetsFilter.')
      for (const { extensionRef } of filters.filter(({ type }: { type: string }) => type === 'ExtensionRef'))
        must(route, manifests.some(isNamed(extensionRef)), `there is no ${extensionRef.kind} ${extensionRef.name}.`)
    }
    for (const rule of route.spec.rules)
      for (const { name, port } of rule.backendRefs ?? []) must(route, portOf(name, port), `leads to ${name}:${port}, which is no Service.`)
  }
  for (const monitor of ofKind(manifests, 'ServiceMonitor')) {
    const watched = [...services.values()].filter(({ metadata }) => includesLabels(metadata.labels ?? {}, monitor.spec.selector.matchLabels))
    for (const { port } of monitor.spec.endpoints)
      must(
        monitor,
        watched.some(({ metadata }) => portOf(metadata.name, port)),
        `finds no Service with a port ${port}.`,
      )
  }
  return faults
}

/** Nothing in, nothing out, but for what is named; the browser to the public web only; no secret in plain. */
export function isolationFaults(manifests: Manifest[]): string[] {
  const faults: string[] = []
  const policies = ofKind(manifests, 'NetworkPolicy')
  const deniesAll = policies.some(
    ({ spec }) => Object.keys(spec.podSelector).length === 0 && !spec.ingress && !spec.egress && spec.policyTypes.length === 2,
  )
  if (!deniesAll) faults.push('No NetworkPolicy denies everything by default.')
  for (const template of podTemplates(manifests).filter(({ owner }) => owner === 'Deployment browser')) {
    for (const policy of policies.filter((policy) => applies(policy, template.labels))) {
      for (const { to = [{}], ports = [] } of policy.spec.egress ?? []) {
        const isOnlyNames = ports.length > 0 && ports.every(({ port }: { port: number }) => port === 53)
        if (!isOnlyNames) faults.push(...to.flatMap((peer: Manifest[string]) => reachFaults(policy, peer)))
      }
    }
  }
  // cert-manager answers from a pod of its own, in the same namespace.
  const asksForCertificates = ofKind(manifests, 'Gateway', 'Ingress').some(
    ({ metadata }) => 'cert-manager.io/cluster-issuer' in (metadata.annotations ?? {}),
  )
  const solver = { 'acme.cert-manager.io/http01-solver': 'true' }
  const reachesSolver = policies.some(
    (policy) => Object.keys(policy.spec.podSelector).length > 0 && applies(policy, solver) && policy.spec.ingress?.length > 0,
  )
  if (asksForCertificates && !reachesSolver) faults.push("No NetworkPolicy lets cert-manager's solver be reached: certificates would never come.")
  faults.push(...mailFaults(manifests))
  for (const namespace of ofKind(manifests, 'Namespace'))
    if (namespace.metadata.labels?.['pod-security.kubernetes.io/enforce'] !== 'restricted')
      faults.push(`${nameOf(namespace)}: does not enforce restricted Pod Security.`)
  for (const secret of ofKind(manifests, 'Secret')) faults.push(`${nameOf(secret)}: a secret must not stand in a manifest; name where it comes from.`)
  return faults
}

function applies({ spec }: Manifest, labels: Labels): boolean {
  const { matchLabels, matchExpressions = [] } = spec.podSelector
  return (
    includesLabels(labels, matchLabels) &&
    matchExpressions.every(
      ({ key, operator, values }: { key: string; operator: string; values: string[] }) => operator === 'In' && values.includes(labels[key] ?? ''),
    )
  )
}

/** Who sends letters has to reach a mail server on the ports that take them, or every letter is dropped after a day. */
function mailFaults(manifests: Manifest[]): string[] {
  const policies = ofKind(manifests, 'NetworkPolicy')
  const reaches = ({ spec }: Manifest, wanted: number) =>
    spec.egress?.some(({ ports = [] }: Manifest[string]) => ports.some(({ port }: { port: number }) => port === wanted))
  return podTemplates(manifests)
    .filter(({ owner }) => owner === 'Deployment worker')
    .flatMap(({ owner, labels }) =>
      [465, 587]
        .filter((port) => !policies.some((policy) => applies(policy, labels) && reaches(policy, port)))
        .map((port) => `${owner}: no NetworkPolicy lets it reach a mail server on port ${port}: SMTP_URL would send nothing.`),
    )
}

/** A collector of traces that nobody may reach would get none, without a word. One of the public web is reached as all of it is. */
export function tracingFaults(manifests: Manifest[], endpoint: string | undefined): string[] {
  if (!endpoint) return []
  const { hostname, port, protocol } = new URL(endpoint)
  const isOfCluster = !hostname.includes('.') || /\.(svc|local|internal)$/.test(hostname) || /^[\d.]+$/.test(hostname)
  const wanted = Number(port) || (protocol === 'https:' ? 443 : 80)
  if (!isOfCluster && [80, 443].includes(wanted)) return []
  const policies = ofKind(manifests, 'NetworkPolicy')
  const mayReach = ({ spec }: Manifest) =>
    spec.egress?.some(({ to, ports }: Manifest[string]) => to?.length > 0 && ports?.some((each: { port: number }) => each.port === wanted))
  return podTemplates(manifests)
    .filter(({ owner }) => ['Deployment api', 'Deployment worker'].includes(owner))
    .filter(({ labels }) => !policies.some((policy) => applies(policy, labels) && mayReach(policy)))
    .map(({ owner }) => `${owner}: no NetworkPolicy lets it reach OTEL_EXPORTER_OTLP_ENDPOINT, ${endpoint}.`)
}

function reachFaults(policy: Manifest, { ipBlock }: { ipBlock?: { cidr: string; except?: string[] } }): string[] {
  if (!ipBlock) return [`${nameOf(policy)}: lets the browser reach pods.`]
  const family = ipBlock.cidr.includes(':') ? ':' : '.'
  const reached = privateRanges.filter((range) => range.includes(family) && !ipBlock.except?.includes(range))
  return reached.map((range) => `${nameOf(policy)}: lets the browser reach ${range}.`)
}
