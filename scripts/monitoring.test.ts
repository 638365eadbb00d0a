import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { metricNames } from './deploy/metric-names.ts'

type Rule = { alert: string; expr: string }
type Dashboard = { panels: { id: number; title: string; targets?: { expr: string }[] }[] }

let folder: string
let groups: { rules: Rule[] }[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jarvis-monitoring-'))
  groups = (parse(await readFile('deploy/k8s/components/monitoring/alerts.yaml', 'utf8')) as { spec: { groups: typeof groups } }).spec.groups
  await writeFile(join(folder, 'rules.json'), JSON.stringify({ groups }))
})
afterAll(() => rm(folder, { recursive: true }))

async function promtool(...args: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)('promtool', args, { cwd: folder }).catch((error: { stdout: string; stderr: string }) => error)
  return stdout + stderr
}

const ours = 'namespace="jarvis",instance="1"'
/** A process that answers, so that what is shown is the one alert. */
const well = [
  { series: `jarvis_open_streams{${ours},job="api"}`, values: '5x60' },
  { series: `up{${ours},job="api"}`, values: '1x60' },
]
const http = (status: string, values: string) => ({
  series: `jarvis_http_request_duration_seconds_count{${ours},job="api",route="/x",method="GET",status="${status}"}`,
  values,
})

// What Prometheus sees each minute, and which alert that is after an hour; also what is nearly it, and none.
const cases: [string, string, { series: string; values: string }[], boolean][] = [
  ['no process was ever seen', 'JarvisDown', [], true],
  ['another program’s job is called api too', 'JarvisDown', [{ series: 'up{namespace="other",job="api"}', values: '1x60' }], true],
  [
    'it went, and another installation goes on',
    'JarvisDown',
    [
      { series: `jarvis_open_streams{${ours},job="api"}`, values: '5x30 stale' },
      { series: 'jarvis_open_streams{namespace="other",job="api"}', values: '5x60' },
    ],
    true,
  ],
  ['workers alone answer', 'JarvisDown', [{ series: `jarvis_open_streams{${ours},job="worker"}`, values: '0x60' }], true],
  ['all is well', 'JarvisDown', well, false],
  ['one request in ten fails', 'JarvisErrors', [...well, http('200', '0+90x60'), http('500', '0+10x60')], true],
  ['one request in a hundred fails', 'JarvisErrors', [...well, http('200', '0+99x60'), http('500', '0+1x60')], false],
  [
    'another installation is busy and well',
    'JarvisErrors',
    [
      http('200', '0+9x60'),
      http('500', '0+1x60'),
      { series: 'jarvis_http_request_duration_seconds_count{namespace="other",status="200"}', values: '0+9000x60' },
    ],
    true,
  ],
  ['the database is away', 'JarvisEngineDown', [...well, { series: `jarvis_engine_up{${ours},engine="database"}`, values: '1x50 0x10' }], true],
  [
    'one of two processes does not reach it',
    'JarvisEngineDown',
    [
      { series: `jarvis_engine_up{${ours},engine="database"}`, values: '0x60' },
      { series: 'jarvis_engine_up{namespace="jarvis",instance="2",engine="database"}', values: '1x60' },
    ],
    true,
  ],
  ['all engines answer', 'JarvisEngineDown', [{ series: `jarvis_engine_up{${ours},engine="database"}`, values: '1x60' }], false],
  [
    'messages wait and nothing ends',
    'JarvisLineStuck',
    [
      { series: `jarvis_waiting_runs{${ours}}`, values: '3x60' },
      { series: `jarvis_runs_total{${ours}}`, values: '9x60' },
    ],
    true,
  ],
  [
    'messages wait and answers end',
    'JarvisLineStuck',
    [
      { series: `jarvis_waiting_runs{${ours}}`, values: '3x60' },
      { series: `jarvis_runs_total{${ours}}`, values: '0+5x60' },
    ],
    false,
  ],
  [
    'half of the calls time out',
    'JarvisProviderFailing',
    [
      { series: `jarvis_provider_requests_total{${ours},provider="openai",outcome="timeout"}`, values: '0+5x60' },
      { series: `jarvis_provider_requests_total{${ours},provider="openai",outcome="ok"}`, values: '0+5x60' },
    ],
    true,
  ],
  [
    'people cancel',
    'JarvisProviderFailing',
    [
      { series: `jarvis_provider_requests_total{${ours},provider="openai",outcome="cancelled"}`, values: '0+5x60' },
      { series: `jarvis_provider_requests_total{${ours},provider="openai",outcome="ok"}`, values: '0+5x60' },
    ],
    false,
  ],
  ['a circuit is open', 'JarvisModelLeftAlone', [{ series: `jarvis_circuit_open{${ours},provider="openai",model="m"}`, values: '1x60' }], true],
  [
    'a tenth takes two seconds',
    'JarvisSlow',
    [
      { series: `jarvis_http_request_duration_seconds_bucket{${ours},route="/x",le="0.5"}`, values: '0+90x60' },
      { series: `jarvis_http_request_duration_seconds_bucket{${ours},route="/x",le="2"}`, values: '0+100x60' },
      { series: `jarvis_http_request_duration_seconds_bucket{${ours},route="/x",le="+Inf"}`, values: '0+100x60' },
    ],
    true,
  ],
  [
    'streams take long',
    'JarvisSlow',
    [
      { series: `jarvis_http_request_duration_seconds_bucket{${ours},route="/api/v1/runs/:id/events",le="2"}`, values: '0x60' },
      { series: `jarvis_http_request_duration_seconds_bucket{${ours},route="/api/v1/runs/:id/events",le="+Inf"}`, values: '0+100x60' },
    ],
    false,
  ],
  [
    'first words come late',
    'JarvisFirstWordSlow',
    [
      { series: `jarvis_run_first_token_seconds_bucket{${ours},le="10"}`, values: '0+5x60' },
      { series: `jarvis_run_first_token_seconds_bucket{${ours},le="30"}`, values: '0+10x60' },
      { series: `jarvis_run_first_token_seconds_bucket{${ours},le="+Inf"}`, values: '0+10x60' },
    ],
    true,
  ],
  [
    'workers are full, those of another installation idle',
    'JarvisWorkersFull',
    [
      { series: `jarvis_active_runs{${ours},job="worker"}`, values: '64x60' },
      { series: 'jarvis_active_runs{namespace="other",job="worker"}', values: '0x60' },
    ],
    true,
  ],
  ['a job fails each minute', 'JarvisJobsFailing', [{ series: `jarvis_jobs_failed_total{${ours},queue="memorise"}`, values: '0+1x60' }], true],
  ['statements wait', 'JarvisPoolFull', [{ series: `jarvis_database_pool{${ours},state="waiting"}`, values: '2x60' }], true],
  [
    'there is no backup',
    'JarvisBackupOld',
    [{ series: `jarvis_backup_age_seconds{${ours}}`, values: Array.from({ length: 61 }, () => 'Inf').join(' ') }],
    true,
  ],
  ['the backup is three days old', 'JarvisBackupOld', [{ series: `jarvis_backup_age_seconds{${ours}}`, values: '259200+60x60' }], true],
  ['the backup is a day old', 'JarvisBackupOld', [{ series: `jarvis_backup_age_seconds{${ours}}`, values: '86400+60x60' }], false],
  ['a backup failed', 'JarvisBackupFailed', [{ series: `jarvis_backup_failures{${ours}}`, values: '1x60' }], true],
  [
    'a process starts again and again',
    'JarvisRestarts',
    [...well, { series: `process_start_time_seconds{${ours},job="api"}`, values: '0+60x60' }],
    true,
  ],
  [
    'another program does',
    'JarvisRestarts',
    [...well, { series: 'process_start_time_seconds{namespace="other",instance="9",job="api"}', values: '0+60x60' }],
    false,
  ],
  ['the event loop is late', 'JarvisEventLoopLag', [...well, { series: `nodejs_eventloop_lag_p99_seconds{${ours}}`, values: '1x60' }], true],
]

test('every alert fires when it should, and not when it nearly should', async () => {
  const tests = cases.map(([name, alertname, input_series, fires]) => ({
    name,
    interval: '1m',
    input_series,
    promql_expr_test: [
      {
        expr: `count(ALERTS{alertname="${alertname}",alertstate="firing"}) or vector(0)`,
        eval_time: '60m',
        exp_samples: [{ labels: '{}', value: fires ? 1 : 0 }],
      },
    ],
  }))
  await writeFile(join(folder, 'tests.json'), JSON.stringify({ rule_files: ['rules.json'], evaluation_interval: '1m', tests }))
  expect(await promtool('test', 'rules', 'tests.json')).toMatch(/SUCCESS\s*$/)
  const rules = groups.flatMap((group) => group.rules)
  expect(new Set(cases.filter(([, , , fires]) => fires).map(([, alert]) => alert))).toEqual(new Set(rules.map(({ alert }) => alert)))
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
