import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Manifest, parseManifests } from './manifest.ts'

/** What `kubectl` of the tests keeps between its calls: a cluster small enough to read. Times are of its own clock. */
export type FakeCluster = {
  overlay: string
  /** By name, oldest first; the last one is what runs. `template` is the pod template as JSON. */
  deployments: Record<string, { revision: number; template: string }[]>
  statefulSets: string[]
  job: { template: string } | null
  /** What the Job's status says when it is asked, and what its pod waits for. */
  jobConditions: { type: string; status: 'True' | 'False' }[]
  podWaits: string
  /** Images that never become ready. */
  broken: string[]
  /** What was asked of the cluster, and how long it let the caller wait. */
  calls: string[]
  seconds: number
}

/** kubectl as far as roll-out.sh uses it. What it does not know ends with 1, as the real one's unknown flags do. */
export function runKubectl(cluster: FakeCluster, args: string[]): { code: number; stdout: string } {
  cluster.calls.push(args.join(' '))
  const options = {
    namespace: { type: 'string' },
    selector: { type: 'string' },
    filename: { type: 'string', short: 'f' },
    output: { type: 'string' },
    timeout: { type: 'string' },
    tail: { type: 'string' },
    for: { type: 'string' },
    'to-revision': { type: 'string' },
    'ignore-not-found': { type: 'boolean' },
    all: { type: 'boolean' },
  } as const
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  const [verb = '', subject = '', name = ''] = positionals
  const done = (stdout = '') => ({ code: 0, stdout })
  const failed = (stdout = '') => ({ code: 1, stdout })

  if (verb === 'kustomize') return done(cluster.overlay)
  if (verb === 'apply') return apply(cluster, parseManifests(readFileSync(values.filename!, 'utf8')).filter(selects(values.selector!)))
  if (verb === 'delete' && subject === 'job') return ((cluster.job = null), done())
  if (verb === 'logs') return done('relation "runs" does not exist\n')
  if (verb === 'get') return get(cluster, subject, name, values.output ?? '')
  if (verb === 'wait') return waitFor(cluster, subject, values.for ?? '', seconds(values.timeout))
  if (verb === 'rollout') {
    const [kind = '', object = ''] = name.split('/')
    if (kind === 'statefulset.apps') return done()
    const history = cluster.deployments[object]
    if (!history) return failed()
    if (subject === 'undo') return undo(history, Number(values['to-revision'] ?? 0))
    const isBroken = cluster.broken.some((image) => history.at(-1)!.template.includes(image))
    if (isBroken) cluster.seconds += seconds(values.timeout)
    return isBroken ? failed() : done()
  }
  throw new Error(`The fake cluster knows no ${args.join(' ')}`)
}

const seconds = (timeout = '30s') => Number.parseInt(timeout, 10) * (timeout.endsWith('m') ? 60 : 1)

function selects(selector: string): (manifest: Manifest) => boolean {
  const [, key = '', names] = /^(\S+) notin \((.*)\)$/.exec(selector) ?? []
  const excluded = names?.split(', ')
  if (excluded) return ({ metadata }) => !excluded.includes(metadata.labels?.[key] ?? '')
  const [label = '', value = ''] = selector.split('=')
  return ({ metadata }) => metadata.labels?.[label] === value
}

function apply(cluster: FakeCluster, manifests: Manifest[]) {
  for (const { kind, metadata, spec } of manifests) {
    const template = JSON.stringify(spec?.template)
    if (kind === 'Job') {
      // Its template cannot be changed.
      if (cluster.job && cluster.job.template !== template) return { code: 1, stdout: '' }
      cluster.job = { template }
    }
    if (kind === 'StatefulSet') cluster.statefulSets.push(metadata.name)
    if (kind === 'Deployment') changeTo((cluster.deployments[metadata.name] ??= []), template)
  }
  return { code: 0, stdout: '' }
}

/** A template that was there before gets the newest number, as the controller does it. */
function changeTo(history: FakeCluster['deployments'][string], template: string): void {
  if (history.at(-1)?.template === template) return
  const revision = (history.at(-1)?.revision ?? 0) + 1
  const known = history.findIndex((each) => each.template === template)
  if (known !== -1) history.splice(known, 1)
  history.push({ revision, template })
}

function undo(history: FakeCluster['deployments'][string], to: number) {
  const target = to === 0 ? history.at(-2) : history.find(({ revision }) => revision === to)
  if (!target) return { code: 1, stdout: '' }
  changeTo(history, target.template)
  return { code: 0, stdout: '' }
}

const revisionPath = String.raw`jsonpath={.metadata.annotations.deployment\.kubernetes\.io/revision}`
const conditionsPath = 'jsonpath={.status.conditions[?(@.status=="True")].type}'
const waitingPath = 'jsonpath={.items[*].status.containerStatuses[*].state.waiting.reason}'

function get(cluster: FakeCluster, subject: string, name: string, output: string) {
  if (subject === 'statefulsets' && output === 'name')
    return { code: 0, stdout: cluster.statefulSets.map((set) => `statefulset.apps/${set}\n`).join('') }
  if (subject === 'deployment' && output === revisionPath) return { code: 0, stdout: String(cluster.deployments[name]?.at(-1)?.revision ?? '') }
  if (subject === 'job' && output === conditionsPath) {
    const met = cluster.jobConditions.filter(({ status }) => status === 'True').map(({ type }) => type)
    return cluster.job ? { code: 0, stdout: met.join(' ') } : { code: 1, stdout: '' }
  }
  if (subject === 'pods' && output === waitingPath) return { code: 0, stdout: cluster.podWaits }
  throw new Error(`The fake cluster cannot show ${subject} as ${output}`)
}

/** The real one goes on waiting when another condition than the one that is asked for comes true. */
function waitFor(cluster: FakeCluster, subject: string, condition: string, timeout: number) {
  if (subject !== 'job/migrate') return { code: 0, stdout: '' }
  const wanted = condition.replace('condition=', '').toLowerCase()
  const isMet = cluster.jobConditions.some(({ type, status }) => status === 'True' && type.toLowerCase() === wanted)
  if (!isMet) cluster.seconds += timeout
  return { code: isMet ? 0 : 1, stdout: '' }
}

const file = process.env['FAKE_CLUSTER']
if (file !== undefined) {
  const cluster = JSON.parse(readFileSync(file, 'utf8')) as FakeCluster
  const { code, stdout } = runKubectl(cluster, process.argv.slice(2))
  writeFileSync(file, JSON.stringify(cluster))
  process.stdout.write(stdout)
  process.exitCode = code
}
