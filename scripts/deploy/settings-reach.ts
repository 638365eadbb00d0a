import { type Manifest, nameOf, ofKind } from './manifest.ts'
import { isOurs } from './pod-rules.ts'

/** What the images set themselves, each for what it is. */
const ofTheImage = ['NODE_ENV', 'HOST', 'PORT', 'JARVIS_ROLES', 'DATA_DIR', 'BROWSER_EXECUTABLE', 'BROWSER_SANDBOX']
/** What belongs to the other services of compose.yaml, which says it itself. */
const ofCompose = ['PUBLIC_URL', 'CHROMA_URL', 'BROWSER_CDP_URL', 'TRUST_PROXY', 'DRAIN_SECONDS']
/** Where files that settings name are mounted. */
export const filesFolder = '/etc/jarvis'

type Service = { environment?: Record<string, string> | undefined; volumes?: string[] | undefined }

/** A setting that a deployment does not hand on does nothing there, however it is set. */
export function composeReachFaults(services: Record<string, Service>, settings: string[], browserSettings: string[]): string[] {
  const wanted = { 'api-1': settings, 'api-2': settings, 'worker-1': settings, 'worker-2': settings, migrate: settings, browser: browserSettings }
  return Object.entries(wanted).flatMap(([name, names]) => {
    const { environment = {}, volumes = [] } = services[name] ?? {}
    const lost = names.filter((setting) => !ofTheImage.includes(setting) && !(setting in environment) && !(`${setting}_FILE` in environment))
    const own = names.filter(
      (setting) => setting in environment && !ofCompose.includes(setting) && !environment[setting]!.startsWith(`\${${setting}:-`),
    )
    const faults = [...lost, ...own].map(
      (setting) => `compose.yaml: ${name} does not get ${setting}: its environment needs "${setting}: \${${setting}:-}".`,
    )
    const mounts = names === browserSettings || volumes.some((volume) => volume.split(':')[1] === filesFolder)
    return mounts ? faults : [...faults, `compose.yaml: ${name} has no ${filesFolder}, so no setting can name a file.`]
  })
}

export function clusterReachFaults(manifests: Manifest[], browserSettings: string[]): string[] {
  return ofKind(manifests, 'Deployment', 'Job', 'CronJob').flatMap((manifest) => {
    const pod = (manifest.spec.jobTemplate ?? manifest).spec.template.spec
    const ours = pod.containers.filter(({ image }: { image: string }) => isOurs(image))
    return ours.flatMap((container: Manifest[string]) => containerFaults(nameOf(manifest), container, browserSettings))
  })
}

function containerFaults(owner: string, container: Manifest[string], browserSettings: string[]): string[] {
  const { image, env = [], envFrom = [], volumeMounts = [] } = container
  if (/jarvis-browser\b/.test(image)) {
    // It holds no secret, so it gets its settings one by one.
    const given = env.map(({ name }: { name: string }) => name)
    return browserSettings
      .filter((setting) => !ofTheImage.includes(setting) && !given.includes(setting))
      .map((setting) => `${owner}: does not get ${setting}.`)
  }
  const sources = envFrom.map((source: Manifest[string]) => source.configMapRef?.name.replace(/-[a-z0-9]{10}$/, '') ?? source.secretRef?.name)
  const faults = []
  if (!sources.includes('jarvis') || envFrom.length < 2) faults.push(`${owner}: does not get all of the ConfigMap and of the Secret jarvis.`)
  if (!volumeMounts.some(({ mountPath }: { mountPath: string }) => mountPath === filesFolder))
    faults.push(`${owner}: has no ${filesFolder}, so no setting can name a file.`)
  return faults
}

/** A systemd unit hands on what its file of settings holds. */
export function unitReachFaults(path: string, text: string): string[] {
  return /^EnvironmentFile=-?\/etc\/jarvis\/jarvis\.env$/m.test(text) ? [] : [`${path}: reads no EnvironmentFile=/etc/jarvis/jarvis.env.`]
}

/** Another set of settings would be another installation: a command beside the unit reads the file that the unit reads. */
export function unitCommandFaults(path: string, text: string): string[] {
  const lines = text.replaceAll('\\\n', '').split('\n')
  const commands = lines.filter((line) => line.includes('sudo -u jarvis') && line.includes('cli.ts'))
  return commands.filter((line) => !line.includes('--env-file=/etc/jarvis/jarvis.env')).map((line) => `${path}: without the unit's settings: ${line}`)
}

/** Each takes away what a sandbox is made of: a part of /proc, without which the kernel grants no other one, or namespaces. */
const againstSandboxes =
  /^(ProtectKernelTunables|ProtectKernelLogs|ProtectHostname|ProtectProc|ProcSubset|RestrictNamespaces|PrivateUsers|DynamicUser)=(?!no$|default$|all$).*$/gm

/** bubblewrap and Chromium make their sandboxes inside of the unit. */
export function unitSandboxFaults(path: string, text: string): string[] {
  return Array.from(text.matchAll(againstSandboxes), ([line]) => `${path}: no sandbox can be made under ${line}.`)
}
