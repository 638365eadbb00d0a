import { parse } from 'yaml'
import { z } from 'zod/v4'
import { talkativeFaults } from './postgres-log.ts'
import { composeReachFaults } from './settings-reach.ts'

const words = z.array(z.string())
const logging = z.strictObject({ driver: z.string(), options: z.record(z.string(), z.string()) })
const build = z.strictObject({ context: z.string(), dockerfile: z.string(), target: z.string() })
const healthcheck = z.union([
  z.strictObject({ disable: z.literal(true) }),
  z.strictObject({ test: words, interval: z.string(), timeout: z.string(), retries: z.int() }),
])
const size = z.string().regex(/^\d+[kmg]$/)
const duration = z.string().regex(/^\d+[smh]$/)
const condition = z.enum(['service_started', 'service_healthy', 'service_completed_successfully'])

/** The part of the Compose specification that deploy/compose.yaml uses; a field that is not written here is a fault. */
const Service = z.strictObject({
  image: z.string(),
  build: build.optional(),
  command: words.optional(),
  user: z
    .string()
    .regex(/^\d+:\d+$/)
    .optional(),
  profiles: words.optional(),
  restart: z.enum(['no', 'always', 'on-failure', 'unless-stopped']),
  read_only: z.boolean(),
  cap_drop: words,
  security_opt: words,
  pids_limit: z.int(),
  mem_limit: size,
  shm_size: size.optional(),
  tmpfs: words.optional(),
  stop_signal: z
    .string()
    .regex(/^SIG[A-Z]+$/)
    .optional(),
  stop_grace_period: duration.optional(),
  environment: z.record(z.string(), z.string()).optional(),
  env_file: z.array(z.strictObject({ path: z.string(), required: z.boolean() })).optional(),
  secrets: words.optional(),
  volumes: words.optional(),
  networks: words,
  ports: words.optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition })).optional(),
  healthcheck: healthcheck.optional(),
  logging,
})
const Compose = z.object({
  name: z.string(),
  services: z.record(z.string(), Service),
  networks: z.record(z.string(), z.strictObject({ internal: z.boolean().optional() })),
  volumes: z.record(z.string(), z.strictObject({})),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
})
type Compose = z.infer<typeof Compose>

/** How long main.ts lets a stop take beyond the drain. */
const stopSeconds = 20
/** Read by Node itself. */
const ofNode = ['NODE_EXTRA_CA_CERTS']
const engines = ['postgres', 'redis', 'chroma']

/** What is wrong with a Compose file: fields, names that lead nowhere, and what this house asks of every container. */
export function composeFaults(text: string, settings: string[], browserSettings: string[]): string[] {
  const { data, error } = Compose.safeParse(parse(text, { merge: true }))
  if (error) return error.issues.map(({ path, message }) => `compose.yaml: ${path.join('.')}: ${message}`)
  const isSetting = (name: string) => settings.includes(name) || ofNode.includes(name)
  const alone = ['api', 'worker'].filter(
    (kind) => Object.values(data.services).filter(({ build, depends_on: waits }) => build?.target === kind && waits && 'redis' in waits).length < 2,
  )
  return [
    ...alone.map((kind) => `compose.yaml: ${kind} is there once: nothing goes on while it restarts.`),
    ...Object.entries(data.services).flatMap(([name, service]) => serviceFaults(name, service, data, isSetting)),
    ...composeReachFaults(data.services, settings, browserSettings),
    ...talkativeFaults('compose.yaml', Object.values(data.services)),
  ]
}

function serviceFaults(name: string, service: z.infer<typeof Service>, compose: Compose, isSetting: (name: string) => boolean): string[] {
  const faults: string[] = []
  const must = (isSo: unknown, sentence: string) => void (isSo || faults.push(`compose.yaml: ${name} ${sentence}`))
  must(service.read_only, 'may write to its image.')
  must(service.cap_drop.includes('ALL'), 'keeps capabilities.')
  must(service.security_opt.includes('no-new-privileges:true'), 'may gain privileges.')
  must(service.build || /:[\w.-]+$/.test(service.image), 'uses an image without a version.')
  must(service.healthcheck || service.build, 'has no healthcheck.')
  must(!service.ports || name === 'nginx', 'is reached past nginx.')

  for (const secret of service.secrets ?? []) must(secret in compose.secrets, `uses the secret ${secret}, which is not declared.`)
  for (const network of service.networks) must(network in compose.networks, `is in the network ${network}, which is not declared.`)
  for (const other of Object.keys(service.depends_on ?? {})) must(other in compose.services, `waits for ${other}, which is no service.`)
  for (const volume of service.volumes ?? []) {
    const [source = ''] = volume.split(':')
    must(source.startsWith('./') || source in compose.volumes, `uses the volume ${source}, which is not declared.`)
  }
  for (const [variable, value] of Object.entries(service.environment ?? {})) {
    const isFile = variable.endsWith('_FILE')
    const secret = /^\/run\/secrets\/(.+)$/.exec(value)?.[1]
    must(isFile || value.startsWith('/run/secrets/') || !/(PASSWORD|SECRET|TOKEN|_KEY)$/.test(variable), `has ${variable} in plain.`)
    must(!secret || service.secrets?.includes(secret), `reads ${value}, which is none of its secrets.`)
    if (service.build)
      must(isSetting(variable) || (isFile && isSetting(variable.slice(0, -'_FILE'.length))), `sets ${variable}, which is no setting.`)
  }
  if (engines.includes(name))
    must(
      service.networks.every((network) => compose.networks[network]?.internal),
      'is an engine outside the internal network.',
    )
  if (name === 'browser') must(!service.secrets && !service.networks.includes('engines'), 'has secrets, or engines within reach.')
  const drainSeconds = Number(service.environment?.DRAIN_SECONDS ?? 0)
  if (drainSeconds > 0) must(Number.parseInt(service.stop_grace_period ?? '10s', 10) > drainSeconds + stopSeconds, 'is killed before it has drained.')
  return faults
}
