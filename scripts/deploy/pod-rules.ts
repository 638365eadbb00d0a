import { type Manifest, podTemplates } from './manifest.ts'

/** How long main.ts lets a stop take beyond the drain. */
const stopSeconds = 20

/** What Kubernetes' restricted Pod Security and this house ask of every pod, told as sentences. */
export function podFaults(manifests: Manifest[], drainSeconds: number, isRoute: (path: string) => boolean): string[] {
  return podTemplates(manifests).flatMap(({ owner, kind, spec }) => {
    const faults: string[] = []
    const must = (isSo: unknown, sentence: string) => void (isSo || faults.push(`${owner}: ${sentence}`))
    const { securityContext = {}, containers = [] } = spec
    must(securityContext.runAsNonRoot === true && securityContext.runAsUser > 0, 'runs as root; set runAsNonRoot and a runAsUser.')
    must(securityContext.seccompProfile?.type === 'RuntimeDefault', 'has no seccompProfile RuntimeDefault.')
    must(spec.automountServiceAccountToken === false, 'gets a token of the cluster; set automountServiceAccountToken: false.')
    must(!spec.hostNetwork && !spec.hostPID && !spec.hostIPC, 'shares namespaces of its node.')
    for (const { name, hostPath } of spec.volumes ?? []) must(!hostPath, `mounts a path of its node (${name}).`)

    for (const container of [...(spec.initContainers ?? []), ...containers]) {
      const { name, image = '', resources = {}, securityContext: own = {}, env = [] } = container
      must(own.allowPrivilegeEscalation === false, `${name} may gain privileges.`)
      must(own.readOnlyRootFilesystem === true, `${name} may write to its image.`)
      must(own.capabilities?.drop?.includes('ALL'), `${name} keeps capabilities.`)
      must(resources.requests?.cpu && resources.requests?.memory && resources.limits?.memory, `${name} names no resources.`)
      must(/@sha256:[0-9a-f]{64}$|:[\w.-]+$/.test(image) && !image.endsWith(':latest'), `${name} uses ${image}, which may change unseen.`)
      for (const { name: variable, value } of env)
        must(value === undefined || !/PASSWORD|SECRET|TOKEN|_KEY$/.test(variable), `${name} has ${variable} in plain.`)
      if (kind === 'Job') continue

      for (const probe of ['readinessProbe', 'livenessProbe']) must(container[probe], `${name} has no ${probe}.`)
      if (!isOurs(image)) continue
      for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
        const path = container[probe]?.httpGet?.path
        must(path === undefined || isRoute(path), `the ${probe} of ${name} asks ${path}, which is no route.`)
      }
      const sleepSeconds = container.lifecycle?.preStop?.sleep?.seconds ?? 0
      must(sleepSeconds > 0, `${name} has no preStop sleep: requests fail while proxies still send them.`)
      const needed = sleepSeconds + drainSeconds + stopSeconds
      must(spec.terminationGracePeriodSeconds > needed, `is killed after ${spec.terminationGracePeriodSeconds} s; stopping may take ${needed} s.`)
      must((spec.topologySpreadConstraints ?? []).length > 0, 'may have all its pods on one node.')
    }
    return faults
  })
}

/** Images of this project, as against the engines'. */
export const isOurs = (image: string) => /(^|\/)jarvis-(api|worker|browser)\b/.test(image)
