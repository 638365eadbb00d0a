import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { alertCases, promtoolTests } from './deploy/alert-cases.fixture.ts'
import { metricNames } from './deploy/metric-names.ts'

type Rule = { alert: string; expr: string }
type Dashboard = { panels: { id: number; title: string; targets?: { expr: string }[] }[] }

let folder: string
let groups: { rules: Rule[] }[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jarvis-monitoring-'))
  groups = (parse(await readFile('deploy/k8s/components/monitoring/alerts.yaml', 'utf8')) as { spec: { groups: typeof groups } }).spec.groups
})
afterAll(() => rm(folder, { recursive: true }))

async function promtool(...args: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)('promtool', args, { cwd: folder }).catch((error: { stdout: string; stderr: string }) => error)
  return stdout + stderr
}

test('every alert fires when it should, and not when it nearly should', async () => {
  const rules = groups.flatMap((group) => group.rules)
  // Each by itself: promtool evaluates every rule of a file for every case.
  for (const rule of rules) {
    const ofRule = { rule_files: [`${rule.alert}.json`], evaluation_interval: '1m', tests: promtoolTests(rule.alert) }
    await writeFile(join(folder, `${rule.alert}.json`), JSON.stringify({ groups: [{ name: 'one', rules: [rule] }] }))
    await writeFile(join(folder, `${rule.alert}.tests.json`), JSON.stringify(ofRule))
  }
  const said = await promtool('test', 'rules', ...rules.map(({ alert }) => `${alert}.tests.json`))
  expect(said).not.toContain('FAILED')
  expect(said.match(/SUCCESS/g)).toHaveLength(rules.length)
  expect(new Set(alertCases.filter(([, , , firing]) => firing > 0).map(([, alert]) => alert))).toEqual(new Set(rules.map(({ alert }) => alert)))
})

test('rules and dashboard ask only for metrics that exist, in expressions that Prometheus reads', async () => {
  const dashboard = JSON.parse(await readFile('deploy/monitoring/dashboard.json', 'utf8')) as Dashboard
  const shown = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
  expect(shown.length).toBeGreaterThan(20)
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
  const known = metricNames()
  const asked = [...shown, ...groups.flatMap(({ rules }) => rules.map(({ expr }) => expr))].flatMap((expr) => expr.match(/\bjarvis_\w+/g) ?? [])
  expect(asked.filter((name) => !known.has(name))).toEqual([])
  const rules = shown.map((expr, index) => ({
    record: `shown:${index}`,
    expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$namespace', '.*'),
  }))
  await writeFile(join(folder, 'shown.json'), JSON.stringify({ groups: [{ name: 'shown', rules }] }))
  expect(await promtool('check', 'rules', 'shown.json')).toContain(`SUCCESS: ${rules.length} rules found`)
})
