import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { browserServiceSettings } from '../api/src/config.ts'
import { overlayFaults, settingNames, unitFaults, workflowFaults } from './check-deploy.ts'
import { nginxBodyFaults } from './deploy/body-limits.ts'
import { composeFaults } from './deploy/compose.ts'
import { type Manifest, ofKind, parseManifests } from './deploy/manifest.ts'
import { unitCommandFaults } from './deploy/settings-reach.ts'

/** Base and every component, as kustomize would put them together but for its patches. */
function everything(): Manifest[] {
  const paths = globSync('deploy/k8s/{base,components}/**/*.yaml').filter((path) => !path.endsWith('kustomization.yaml'))
  const text = paths.map((path) => readFileSync(path, 'utf8')).join('\n---\n')
  const settings = readFileSync('deploy/k8s/base/settings.env', 'utf8').matchAll(/^([A-Z_]+)=(.*)$/gm)
  const data = { ...Object.fromEntries(Array.from(settings, ([, name, value]) => [name, value])), PUBLIC_URL: 'https://jarvis.example.org' }
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'jarvis' }, data }
  const tracing = readFileSync('deploy/k8s/components/tracing/kustomization.yaml', 'utf8')
  Object.assign(data, { OTEL_EXPORTER_OTLP_ENDPOINT: /OTEL_EXPORTER_OTLP_ENDPOINT=(\S+)/.exec(tracing)![1] })
  return [...parseManifests(text.replaceAll(/image: (jarvis-\w+)$/gm, 'image: $1:0.1.0')), configMap]
}

const find = (manifests: Manifest[], kind: string, name: string) => ofKind(manifests, kind).find(({ metadata }) => metadata.name === name)!
const podOf = (manifests: Manifest[], name: string) => find(manifests, 'Deployment', name).spec.template.spec
const containerOf = (manifests: Manifest[], name: string) => podOf(manifests, name).containers[0]

test('what is written keeps every rule', async () => {
  expect(await overlayFaults(everything())).toEqual([])
})

type Breaking = [rule: string, break_: (manifests: Manifest[]) => unknown, told: string]
const broken: Breaking[] = [
  [
    'a field that Kubernetes does not know',
    (all) => (podOf(all, 'api').terminationGracePeriod = 60),
    'spec.template.spec.terminationGracePeriod is no field',
  ],
  ['a field of a wrong type', (all) => (containerOf(all, 'api').ports[0].containerPort = 'http'), 'containerPort must be integer'],
  ['a field that is missing', (all) => delete find(all, 'Deployment', 'api').spec.selector, `required property selector`],
  [
    'a kind that is not in its version',
    (all) => (find(all, 'PodDisruptionBudget', 'api').apiVersion = 'policy/v2'),
    'there is no PodDisruptionBudget in policy/v2',
  ],
  ['an unknown field of a custom resource', (all) => (find(all, 'HTTPRoute', 'jarvis').spec.rules[0].timeout = '0s'), 'Unrecognized key'],
  ['a duration that is none', (all) => (find(all, 'HTTPRoute', 'jarvis').spec.rules[0].timeouts = { request: '1.5h' }), 'timeouts.request'],
  [
    'timeouts that the gateway does not honour',
    (all) => (find(all, 'HTTPRoute', 'jarvis').spec.rules[0].timeouts = { request: '0s' }),
    'which NGINX Gateway Fabric does not honour',
  ],
  ['a filter that is not there', (all) => (find(all, 'SnippetsFilter', 'streams').metadata.name = 'stream'), 'there is no SnippetsFilter streams'],
  [
    "a certificate authority's question that reaches nobody",
    (all) => all.splice(0, all.length, ...all.filter(({ metadata }) => metadata.name !== 'acme-solver')),
    "lets cert-manager's solver be reached",
  ],
  [
    'a PostgreSQL that logs the values of a row that it refuses',
    (all) => find(all, 'StatefulSet', 'postgres').spec.template.spec.containers[0].args.splice(1, 2),
    'StatefulSet postgres: logs what people wrote; start PostgreSQL with -c log_min_error_statement=panic',
  ],
  [
    'an ingress that refuses what clients may send',
    (all) => (find(all, 'Ingress', 'jarvis').metadata.annotations!['nginx.org/client-max-body-size'] = '1m'),
    'Ingress jarvis: must take bodies of 65m',
  ],
  [
    'a gateway that refuses what clients may send',
    (all) => (find(all, 'SnippetsFilter', 'streams').spec.snippets[0].value = 'proxy_buffering off;'),
    'HTTPRoute jarvis: /v1/responses must take bodies of 16m',
  ],
  [
    'a collector that nobody may reach',
    (all) => all.splice(0, all.length, ...all.filter(({ metadata }) => metadata.name !== 'collector')),
    'Deployment worker: no NetworkPolicy lets it reach OTEL_EXPORTER_OTLP_ENDPOINT',
  ],
  [
    'a collector at another port',
    (all) => (find(all, 'ConfigMap', 'jarvis').data.OTEL_EXPORTER_OTLP_ENDPOINT = 'https://collector.example.org:4317'),
    'Deployment api: no NetworkPolicy lets it reach OTEL_EXPORTER_OTLP_ENDPOINT',
  ],
  ['a setting that is none', (all) => (find(all, 'ConfigMap', 'jarvis').data.DRAIN_TIME = '5'), 'DRAIN_TIME is no setting'],
  ['a setting that would stop the start', (all) => (find(all, 'ConfigMap', 'jarvis').data.TRUST_PROXY = 'true'), 'TRUST_PROXY'],
  [
    'a secret that no setting reads',
    (all) => (find(all, 'ExternalSecret', 'jarvis').spec.data = [{ secretKey: 'DATABASE', remoteRef: { key: 'jarvis', property: 'DATABASE' } }]),
    'DATABASE is no setting',
  ],
  ['a worker without its settings', (all) => containerOf(all, 'worker').envFrom.pop(), 'does not get all of the ConfigMap and of the Secret'],
  ['files that are not mounted', (all) => containerOf(all, 'api').volumeMounts.pop(), 'Deployment api: has no /etc/jarvis'],
  ['a browser without a setting of its own', (all) => containerOf(all, 'browser').env.pop(), 'Deployment browser: does not get LOG_LEVEL'],
  [
    'a drain longer than the grace',
    (all) => (find(all, 'ConfigMap', 'jarvis').data.DRAIN_SECONDS = '40'),
    'is killed after 60 s; stopping may take 65 s',
  ],
  ['no preStop', (all) => delete containerOf(all, 'worker').lifecycle, 'has no preStop sleep'],
  ['a probe that asks no route', (all) => (containerOf(all, 'api').livenessProbe.httpGet.path = '/health'), '/health, which is no route'],
  ['no readiness probe', (all) => delete containerOf(all, 'api').readinessProbe, 'has no readinessProbe'],
  ['root', (all) => (podOf(all, 'api').securityContext.runAsUser = 0), 'runs as root'],
  ['an image that may be written', (all) => (containerOf(all, 'browser').securityContext.readOnlyRootFilesystem = false), 'may write to its image'],
  ['capabilities', (all) => delete containerOf(all, 'api').securityContext.capabilities, 'keeps capabilities'],
  ['no limit of memory', (all) => delete containerOf(all, 'api').resources.limits, 'names no resources'],
  ['an image that may change', (all) => (containerOf(all, 'api').image = 'jarvis-api:latest'), 'may change unseen'],
  ['a password in plain', (all) => (containerOf(all, 'api').env = [{ name: 'DB_PASSWORD', value: 'secret' }]), 'has DB_PASSWORD in plain'],
  ['a token of the cluster', (all) => delete podOf(all, 'browser').automountServiceAccountToken, 'gets a token of the cluster'],
  ['all pods on one node', (all) => delete podOf(all, 'api').topologySpreadConstraints, 'may have all its pods on one node'],
  [
    'a selector that misses',
    (all) => (find(all, 'Service', 'api').spec.selector = { 'app.kubernetes.io/name': 'apis' }),
    'its selector finds no pod',
  ],
  ['a port that no container has', (all) => (find(all, 'Service', 'api').spec.ports[0].targetPort = 'https'), 'no container has a port named https'],
  [
    'a budget for no pod',
    (all) => (find(all, 'PodDisruptionBudget', 'worker').spec.selector.matchLabels = { a: 'b' }),
    'PodDisruptionBudget worker: its selector',
  ],
  [
    'an autoscaler of nothing',
    (all) => (find(all, 'HorizontalPodAutoscaler', 'api').spec.scaleTargetRef.name = 'apis'),
    'there is no Deployment apis',
  ],
  ['replicas under an autoscaler', (all) => (find(all, 'Deployment', 'api').spec.replicas = 2), 'would undo the scaling'],
  ['a route to nowhere', (all) => (find(all, 'HTTPRoute', 'jarvis').spec.rules[0].backendRefs[0].port = 81), 'leads to api:81'],
  ['an ingress without TLS', (all) => delete find(all, 'Ingress', 'jarvis').spec.tls, 'has no TLS'],
  ['nothing denied by default', (all) => all.splice(all.indexOf(find(all, 'NetworkPolicy', 'deny-by-default')), 1), 'denies everything by default'],
  [
    'a browser that reaches the metadata service',
    (all) => find(all, 'NetworkPolicy', 'browser').spec.egress[0].to[0].ipBlock.except.splice(3, 1),
    'lets the browser reach 169.254.0.0/16',
  ],
  [
    'a browser that reaches pods',
    (all) => find(all, 'NetworkPolicy', 'browser').spec.egress[0].to.push({ podSelector: {} }),
    'lets the browser reach pods',
  ],
  [
    'a browser that another policy lets out',
    (all) => find(all, 'NetworkPolicy', 'engines').spec.podSelector.matchExpressions[0].values.push('browser'),
    'NetworkPolicy engines: lets the browser reach 10.0.0.0/8',
  ],
  ['no way to a mail server', (all) => void find(all, 'NetworkPolicy', 'mail').spec.egress[0].ports.pop(), 'reach a mail server on port 587'],
  ['a namespace that allows more', (all) => (find(all, 'Namespace', 'jarvis').metadata.labels = {}), 'does not enforce restricted'],
  [
    'a secret in a manifest',
    (all) => all.push({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { a: 'b' } }),
    'must not stand in a manifest',
  ],
  [
    'an alert on no metric',
    (all) => (find(all, 'PrometheusRule', 'jarvis').spec.groups[0].rules[0].expr = 'jarvis_runs > 1'),
    'no process has the metric jarvis_runs',
  ],
]

describe('what breaks a rule is told in a sentence:', () => {
  test.each(broken)('%s', async (_rule, break_, told) => {
    const manifests = everything()
    break_(manifests)
    expect((await overlayFaults(manifests)).join('\n')).toContain(told)
  })
})

describe('a Compose file that breaks a rule is told in a sentence:', () => {
  const text = readFileSync('deploy/compose.yaml', 'utf8')
  const faultsOf = (compose: string) => composeFaults(compose, settingNames, browserServiceSettings)

  test.each([
    ['an unknown field', 'mem_limit: 512m', 'memory_limit: 512m', 'memory_limit'],
    ['a service that does not exist', 'api-1: { condition: service_healthy }', 'api: { condition: service_healthy }', 'waits for api,'],
    ['a secret that does not exist', 'secrets: [tls_certificate, tls_key]', 'secrets: [tls_certificate, key]', 'uses the secret key'],
    ['a setting that is none', "DRAIN_SECONDS: '5'", "DRAIN_TIME: '5'", 'sets DRAIN_TIME'],
    ['a setting that is not handed on', '    RUNS_AT_ONCE: ${RUNS_AT_ONCE:-}\n', '', 'worker-2 does not get RUNS_AT_ONCE'],
    ['a setting that takes the value of another', 'LOG_LEVEL: ${LOG_LEVEL:-}', 'LOG_LEVEL: ${LOGLEVEL:-}', 'does not get LOG_LEVEL'],
    ['a setting that cannot be set', 'VOICE: ${VOICE:-}', "VOICE: 'on'", 'does not get VOICE'],
    ['files that are not mounted', ', ./config:/etc/jarvis:ro', '', 'api-1 has no /etc/jarvis'],
    ['one worker alone', '\n  worker-2: *worker', '', 'worker is there once'],
    ['a secret in plain', 'JWT_SECRET_FILE: /run/secrets/jwt_secret', 'JWT_SECRET: abc', 'has JWT_SECRET in plain'],
    ['an image that may be written', 'read_only: true', 'read_only: false', 'may write to its image'],
    ['an engine that is reached from outside', 'engines: { internal: true }', 'engines: {}', 'is an engine outside the internal network'],
    ['a grace shorter than the drain', 'stop_grace_period: 45s', 'stop_grace_period: 20s', 'is killed before it has drained'],
    ['a PostgreSQL that logs refused rows', '-c, log_error_verbosity=terse, ', '', 'log_error_verbosity=terse'],
    ['a browser that reaches engines', 'networks: [browsing]', 'networks: [browsing, engines]', 'engines within reach'],
  ])('%s', (_rule, right, wrong, told) => {
    expect(text).toContain(right)
    expect(faultsOf(text)).toEqual([])
    expect(faultsOf(text.replace(right, wrong)).join('\n')).toContain(told)
  })
})

test('an action under a tag, or under a hash that says no version, is told', () => {
  const hash = '0123456789abcdef0123456789abcdef01234567'
  expect(workflowFaults('ci.yml', `      - uses: actions/checkout@${hash} # v5.0.0\n      - uses: ./here\n`)).toEqual([])
  expect(workflowFaults('ci.yml', '      - uses: actions/checkout@v5\n')).toEqual([expect.stringContaining('actions/checkout@v5 is not pinned')])
  expect(workflowFaults('ci.yml', `    uses: actions/checkout@${hash}\n`)).toHaveLength(1)
})

test('a unit that reads no settings, or that systemd does not understand, is told', () => {
  const path = 'deploy/systemd/jarvis.service'
  const text = readFileSync(path, 'utf8')
  expect(unitFaults(path, text)).toEqual([])
  expect(unitFaults(path, text.replace(/^EnvironmentFile=.*$/m, ''))).toEqual([expect.stringContaining('reads no EnvironmentFile')])
  expect(unitFaults(path, text.replace('[Install]', 'ProtectKernelTunables=yes\n[Install]'))).toEqual([
    `${path}: no sandbox can be made under ProtectKernelTunables=yes.`,
  ])
  // Where there is no systemd, nobody can say.
  const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0
  expect(unitFaults(path, text.replace('KillMode=mixed', 'KillMode=gently')).length).toBe(hasSystemd ? 1 : 0)
})

test('a command beside the unit, in the documentation, that reads other settings than the unit is told', () => {
  const command = 'sudo -u jarvis env DATA_DIR=/var/lib/jarvis node_modules/.bin/node api/src/cli.ts doctor'
  expect(unitCommandFaults('docs/x.md', `As root:\n${command}\n`)).toEqual([`docs/x.md: without the unit's settings: ${command}`])
  const documented = readFileSync('docs/deploy.md', 'utf8')
  expect(documented).toMatch(/sudo -u jarvis [^`]*cli\.ts/)
  expect(unitCommandFaults('docs/deploy.md', documented)).toEqual([])
})

test('Dependabot sees every image: bases by name in the Dockerfile, engines in Compose and in the cluster', () => {
  const { updates } = parse(readFileSync('.github/dependabot.yml', 'utf8')) as {
    updates: { 'package-ecosystem': string; directory?: string; directories?: string[] }[]
  }
  const followed = updates.flatMap(({ 'package-ecosystem': kind, directory, directories = [] }) =>
    [...directories, ...(directory ? [directory] : [])].map((folder) => `${kind} ${folder}`),
  )
  expect(followed).toEqual(expect.arrayContaining(['docker /deploy', 'docker /deploy/k8s/components/engines', 'docker-compose /deploy']))
  const bases = [...readFileSync('deploy/Dockerfile', 'utf8').matchAll(/^FROM (\S+)/gm)].map(([, base]) => base!)
  const stages = [...readFileSync('deploy/Dockerfile', 'utf8').matchAll(/ AS (\w+)$/gm)].map(([, stage]) => stage!)
  const outside = bases.filter((base) => !stages.includes(base))
  expect(outside).toHaveLength(2)
  for (const base of outside) expect(base).toMatch(/^[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/)
})

test('what is published was scanned, every image on every architecture', () => {
  const { jobs } = parse(readFileSync('.github/workflows/ci.yml', 'utf8')) as { jobs: Record<string, Manifest[string]> }
  const { scan, publish } = jobs
  const pushed = publish.steps.find((step: Manifest[string]) => step.with?.push).with
  expect(publish.needs).toBe('scan')
  expect(scan.strategy.matrix.platform.map((platform: string) => `linux/${platform}`).join(',')).toBe(pushed.platforms)
  expect(scan.strategy.matrix.target).toEqual(publish.strategy.matrix.target)
  expect(JSON.stringify(Object.entries(jobs).filter(([name]) => name !== 'publish'))).not.toContain('"push":true')
})

test('nginx takes bodies as the API does', () => {
  const path = 'deploy/nginx/templates/jarvis.conf.template'
  const template = readFileSync(path, 'utf8')
  expect(nginxBodyFaults(path, template)).toEqual([])
  expect(nginxBodyFaults(path, template.replace('|v1/responses', ''))).toEqual([`${path}: /v1/responses takes 16m, and here it does not.`])
  expect(nginxBodyFaults(path, template.replace('client_max_body_size 1m;', 'client_max_body_size 16m;'))).toEqual([
    `${path}: other bodies are at most 1m.`,
  ])
})
