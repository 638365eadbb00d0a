import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { FakeCluster } from './deploy/kubectl.fixture.ts'
import { parseManifests } from './deploy/manifest.ts'

/** The base and the engines as an overlay renders them, in one namespace, with images of one version. */
function overlayOf(version: string): string {
  const manifests = globSync('deploy/k8s/{base,components/engines}/*.yaml')
    .filter((path) => !path.endsWith('kustomization.yaml'))
    .flatMap((path) => parseManifests(readFileSync(path, 'utf8')))
  const named = manifests.map(({ metadata, ...rest }) => ({
    ...rest,
    metadata: rest.kind === 'Namespace' ? metadata : { ...metadata, namespace: 'jarvis' },
  }))
  return named.map((manifest) => `---\n${stringify(manifest).replaceAll(/image: (jarvis-\w+)$/gm, `image: $1:${version}`)}`).join('')
}

const templateOf = (name: string, version: string) =>
  JSON.stringify(parseManifests(overlayOf(version)).find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name)!.spec.template)

const names = ['browser', 'worker', 'api']
/** What runs is version 2, and version 1 is in the history of each. */
const running = (): FakeCluster['deployments'] =>
  Object.fromEntries(names.map((name) => [name, ['1', '2'].map((version) => ({ revision: Number(version), template: templateOf(name, version) }))]))
const complete = [{ type: 'Complete', status: 'True' }] as const

/** Rolls version 3 out with the real script, and returns the cluster as it left it. */
function rollOut(change: Partial<FakeCluster>) {
  const folder = mkdtempSync(join(tmpdir(), 'jarvis-roll-out-'))
  const file = join(folder, 'cluster.json')
  const cluster: FakeCluster = {
    overlay: overlayOf('3'),
    deployments: running(),
    statefulSets: [],
    job: { template: 'of the version before' },
    jobConditions: [...complete],
    podWaits: '',
    broken: [],
    calls: [],
    seconds: 0,
    ...change,
  }
  writeFileSync(file, JSON.stringify(cluster))
  writeFileSync(join(folder, 'kubectl'), `#!/bin/sh\nexec "${process.execPath}" "${resolve('scripts/deploy/kubectl.fixture.ts')}" "$@"\n`, {
    mode: 0o755,
  })
  const { status, stderr } = spawnSync('sh', ['deploy/k8s/roll-out.sh', 'deploy/k8s/overlays/small'], {
    encoding: 'utf8',
    env: { PATH: `${folder}:${process.env['PATH']}`, FAKE_CLUSTER: file, POLL_SECONDS: '1', STUCK_SECONDS: '2' },
  })
  const left = JSON.parse(readFileSync(file, 'utf8')) as FakeCluster
  rmSync(folder, { recursive: true })
  const versionOf = (name: string) => /jarvis-\w+:(\d)/.exec(left.deployments[name]?.at(-1)?.template ?? '')?.[1]
  return { status, stderr, ...left, versions: names.map(versionOf) }
}

test('a version whose pods become ready is rolled out, after its engines and its migration', () => {
  const { status, versions, calls } = rollOut({})
  expect({ status, versions }).toEqual({ status: 0, versions: ['3', '3', '3'] })
  const order = ['rollout status statefulset.apps/postgres', 'delete job migrate', 'name=migrate', 'get job migrate', 'name=browser']
  const at = order.map((part) => calls.findIndex((call) => call.includes(part)))
  expect(at).not.toContain(-1)
  expect(at).toEqual(at.toSorted((a, b) => a - b))
})

test('a browser that does not become ready goes back, and what was not rolled out stays at its version', () => {
  const { status, versions } = rollOut({ broken: ['jarvis-browser:3'] })
  expect({ status, versions }).toEqual({ status: 1, versions: ['2', '2', '2'] })
})

test('an api that does not become ready takes browser and worker back with it', () => {
  const { status, versions, stderr } = rollOut({ broken: ['jarvis-api:3'] })
  expect({ status, versions }).toEqual({ status: 1, versions: ['2', '2', '2'] })
  expect(stderr).toContain('api goes back to revision 2')
})

test('what the version did not change is not taken back', () => {
  const deployments = running()
  const browser = { revision: 3, template: templateOf('browser', '3') }
  deployments['browser'] = [...deployments['browser']!, browser]
  const { versions, stderr } = rollOut({ deployments, broken: ['jarvis-worker:3'] })
  expect(versions).toEqual(['3', '2', '2'])
  expect(stderr).toContain('browser was not changed')
})

test('a first version that does not become ready stays, to be looked at', () => {
  const { status, versions, stderr } = rollOut({ deployments: {}, job: null, broken: ['jarvis-worker:3'] })
  expect({ status, versions }).toEqual({ status: 1, versions: ['3', '3', undefined] })
  expect(stderr).toContain('worker is new, so there is nothing to go back to')
})

test('a migration that failed ends the rollout at once, with its last lines and before any pod is replaced', () => {
  const { status, versions, seconds, calls, stderr } = rollOut({ jobConditions: [{ type: 'Failed', status: 'True' }] })
  expect({ status, versions, seconds }).toEqual({ status: 1, versions: ['2', '2', '2'], seconds: 0 })
  expect(calls).toContainEqual(expect.stringContaining('logs job/migrate'))
  expect(stderr).toContain('The migration failed')
})

test('a migration whose pod cannot start ends the rollout too', () => {
  const { status, versions, seconds, stderr } = rollOut({ jobConditions: [], podWaits: 'ImagePullBackOff' })
  expect({ status, versions, seconds }).toEqual({ status: 1, versions: ['2', '2', '2'], seconds: 0 })
  expect(stderr).toContain('does not start (ImagePullBackOff)')
})

test('a migration that cannot reach its database ends with the code for which the Job is started again, any other failure with another', () => {
  const migrate = (databaseUrl: string) =>
    spawnSync(process.execPath, ['api/src/cli.ts', 'migrate'], {
      env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl, CHROMA_URL: 'http://127.0.0.1:1', JWT_SECRET: 'x'.repeat(32) },
    }).status
  const job = parseManifests(readFileSync('deploy/k8s/base/migrate.yaml', 'utf8'))[0]!
  const { operator, values } = job.spec.podFailurePolicy.rules[1].onExitCodes
  expect({ operator, values }).toEqual({ operator: 'NotIn', values: [migrate('postgres://127.0.0.1:1/jarvis')] })
  expect(migrate('no address')).toBe(1)
})
