/** A series as Prometheus saw it, with its value each minute of an hour, in promtool's notation. */
export type Seen = { series: string; values: string }
/** What happened, which alert that is about, what was seen, and how many of it fire at the end of the hour. */
export type AlertCase = [what: string, alert: string, seen: Seen[], firing: number]

const minutes = 60
const ours = 'namespace="jarvis",instance="1"'
const theirs = 'namespace="other",instance="1"'
const neighbour = 'namespace="jarvis",instance="2"'

const steady = (value: number | string) => `${value}x${minutes}`
/** One value until a minute, another from then on. */
const from = (minute: number, before: number, after: number) => `${before}x${minute - 1} ${after}x${minutes - minute}`
const gone = (minute: number) => `5x${minute - 1} stale`
const rising = (each: number) => `0+${each}x${minutes}`
/** A counter that rises from a minute on. */
const risingFrom = (minute: number, each: number) => `0x${minute - 1} ${each}+${each}x${minutes - minute}`

/** A counter that rises once in so many minutes. */
const risingEach = (every: number, by: number) => Array.from({ length: minutes + 1 }, (_, minute) => Math.floor(minute / every) * by).join(' ')
/** A counter that rises fast until a minute, and slowly from then on. */
const slowing = (minute: number, fast: number, slow: number) => `0+${fast}x${minute} ${minute * fast + slow}+${slow}x${minutes - minute - 1}`

const streams = (labels: string, values: string, job = 'api'): Seen => ({ series: `jarvis_open_streams{${labels},job="${job}"}`, values })
const http = (labels: string, status: string, values: string): Seen => ({
  series: `jarvis_http_request_duration_seconds_count{${labels},job="api",route="/x",method="GET",status="${status}"}`,
  values,
})
const engine = (labels: string, name: string, values: string): Seen => ({ series: `jarvis_engine_up{${labels},engine="${name}"}`, values })
const waiting = (labels: string, values: string): Seen => ({ series: `jarvis_waiting_runs{${labels}}`, values })
const ended = (labels: string, values: string): Seen => ({ series: `jarvis_runs_total{${labels}}`, values })
const calls = (labels: string, outcome: string, values: string, provider = 'openai'): Seen => ({
  series: `jarvis_provider_requests_total{${labels},provider="${provider}",outcome="${outcome}"}`,
  values,
})
const circuit = (labels: string, model: string, values: string, provider = 'openai'): Seen => ({
  series: `jarvis_circuit_open{${labels},provider="${provider}",model="${model}"}`,
  values,
})
/** A histogram, by how many a minute end within so many seconds. */
const within = (metric: string, labels: string, counts: Record<string, number>, start = 1): Seen[] =>
  Object.entries(counts).map(([le, each]) => ({ series: `${metric}{${labels},le="${le}"}`, values: risingFrom(start, each) }))
const requests = (labels: string, counts: Record<string, number>, route = '/x', start = 1) =>
  within('jarvis_http_request_duration_seconds_bucket', `${labels},route="${route}"`, counts, start)
const firstWords = (labels: string, counts: Record<string, number>, start = 1) =>
  within('jarvis_run_first_token_seconds_bucket', labels, counts, start)
const active = (labels: string, values: string, job = 'worker'): Seen => ({ series: `jarvis_active_runs{${labels},job="${job}"}`, values })
const failedJobs = (labels: string, queue: string, values: string): Seen => ({
  series: `jarvis_jobs_failed_total{${labels},queue="${queue}"}`,
  values,
})
const pool = (labels: string, state: string, values: string): Seen => ({ series: `jarvis_database_pool{${labels},state="${state}"}`, values })
const backupAge = (labels: string, values: string): Seen => ({ series: `jarvis_backup_age_seconds{${labels}}`, values })
const backupFailures = (labels: string, values: string): Seen => ({ series: `jarvis_backup_failures{${labels}}`, values })
/** A process that started so often within the last half an hour. */
const starts = (labels: string, times: number, job = 'api'): Seen => ({
  series: `process_start_time_seconds{${labels},job="${job}"}`,
  values: [`0x${minutes - times}`, ...Array.from({ length: times }, (_, index) => index + 1)].join(' '),
})
const lag = (labels: string, values: string): Seen => ({ series: `nodejs_eventloop_lag_p99_seconds{${labels}}`, values })

const days = 86_400
const tenthSlow = { 0.5: 90, 1: 90, 2: 100, '+Inf': 100 }
const allFast = { 0.5: 9000, 1: 9000, 2: 9000, '+Inf': 9000 }
const lateHalf = { 5: 5, 10: 5, 30: 10, '+Inf': 10 }

export const alertCases: AlertCase[] = [
  ['no process was ever seen', 'JarvisDown', [], 1],
  ['another program’s job is called api too', 'JarvisDown', [{ series: 'up{namespace="other",job="api"}', values: steady(1) }], 1],
  ['it went, and another installation goes on', 'JarvisDown', [streams(ours, gone(30)), streams(theirs, steady(5))], 1],
  ['it went long ago, and another goes on', 'JarvisDown', [streams(ours, gone(5)), streams(theirs, steady(5))], 1],
  ['it went three minutes ago', 'JarvisDown', [streams(ours, gone(57)), streams(theirs, steady(5))], 1],
  ['it went a minute ago', 'JarvisDown', [streams(ours, gone(59)), streams(theirs, steady(5))], 0],
  [
    'two installations went, a third goes on',
    'JarvisDown',
    [streams(ours, gone(30)), streams(theirs, gone(30)), streams('namespace="c"', steady(5))],
    2,
  ],
  ['workers alone answer', 'JarvisDown', [streams(ours, steady(0), 'worker')], 1],
  [
    'its workers go on, and another installation',
    'JarvisDown',
    [streams(ours, gone(30)), streams(neighbour, steady(0), 'worker'), streams(theirs, steady(5))],
    1,
  ],
  ['a namespace has workers only, gone as well', 'JarvisDown', [streams(ours, gone(30), 'worker'), streams(theirs, steady(5))], 0],
  ['one of two processes went', 'JarvisDown', [streams(ours, gone(30)), streams(neighbour, steady(5))], 0],
  ['all is well', 'JarvisDown', [streams(ours, steady(5))], 0],

  ['three in a hundred fail', 'JarvisErrors', [http(ours, '200', rising(97)), http(ours, '503', rising(3))], 1],
  ['three in two hundred fail', 'JarvisErrors', [http(ours, '200', rising(197)), http(ours, '500', rising(3))], 0],
  [
    'few fail in each of two processes',
    'JarvisErrors',
    [http(ours, '200', rising(90)), http(ours, '500', rising(1)), http(neighbour, '500', rising(1))],
    1,
  ],
  ['they fail every other minute', 'JarvisErrors', [http(ours, '200', rising(9)), http(ours, '500', risingEach(2, 2))], 1],
  ['they fail since it is quiet', 'JarvisErrors', [http(ours, '200', slowing(45, 1000, 9)), http(ours, '500', risingFrom(46, 1))], 1],
  ['people send what is refused', 'JarvisErrors', [http(ours, '200', rising(1)), http(ours, '400', rising(9))], 0],
  [
    'another installation is busy and well',
    'JarvisErrors',
    [http(ours, '200', rising(9)), http(ours, '500', rising(1)), http(theirs, '200', rising(9000))],
    1,
  ],
  ['two installations fail', 'JarvisErrors', [http(ours, '500', rising(1)), http(theirs, '500', rising(1))], 2],
  ['they have failed for three minutes', 'JarvisErrors', [http(ours, '200', rising(9)), http(ours, '500', risingFrom(57, 1))], 0],
  ['they have failed for eight minutes', 'JarvisErrors', [http(ours, '200', rising(9)), http(ours, '500', risingFrom(52, 1))], 1],
  ['they failed until ten minutes ago', 'JarvisErrors', [http(ours, '200', rising(9)), http(ours, '500', '0+9x50 450x10')], 0],

  ['the database has been away for three minutes', 'JarvisEngineDown', [engine(ours, 'database', from(57, 1, 0))], 1],
  ['the database has been away for a minute', 'JarvisEngineDown', [engine(ours, 'database', from(59, 1, 0))], 0],
  ['one of two processes does not reach it', 'JarvisEngineDown', [engine(ours, 'database', steady(0)), engine(neighbour, 'database', steady(1))], 1],
  [
    'two engines of two installations',
    'JarvisEngineDown',
    [engine(ours, 'redis', steady(0)), engine(ours, 'chroma', steady(0)), engine(theirs, 'redis', steady(0))],
    3,
  ],
  ['all engines answer', 'JarvisEngineDown', [engine(ours, 'database', steady(1))], 0],

  ['a message waits and nothing ends', 'JarvisLineStuck', [waiting(ours, steady(1)), waiting(neighbour, steady(1)), ended(ours, steady(9))], 1],
  ['no answer has ever ended', 'JarvisLineStuck', [waiting(ours, steady(1))], 1],
  ['answers end in another installation', 'JarvisLineStuck', [waiting(ours, steady(1)), ended(ours, steady(9)), ended(theirs, rising(5))], 1],
  ['both installations are stuck', 'JarvisLineStuck', [waiting(ours, steady(1)), waiting(theirs, steady(1))], 2],
  ['messages wait and answers end', 'JarvisLineStuck', [waiting(ours, steady(3)), ended(ours, rising(1))], 0],
  ['an answer ends each seven minutes', 'JarvisLineStuck', [waiting(ours, steady(3)), ended(ours, risingEach(7, 1))], 0],
  ['one of two processes has not heard of the line', 'JarvisLineStuck', [waiting(ours, steady(1)), waiting(neighbour, steady(0))], 1],
  ['nothing waits', 'JarvisLineStuck', [waiting(ours, steady(0)), ended(ours, steady(9))], 0],
  ['messages have waited for three minutes', 'JarvisLineStuck', [waiting(ours, from(57, 0, 3)), ended(ours, steady(9))], 0],
  ['messages have waited for eight minutes', 'JarvisLineStuck', [waiting(ours, from(52, 0, 3)), ended(ours, steady(9))], 1],
  ['the last answer ended twenty minutes ago', 'JarvisLineStuck', [waiting(ours, steady(3)), ended(ours, '0+5x40 200x20')], 1],

  ['a quarter of the calls time out', 'JarvisProviderFailing', [calls(ours, 'timeout', rising(5)), calls(ours, 'ok', rising(15))], 1],
  ['a quarter of the calls fail', 'JarvisProviderFailing', [calls(ours, 'failed', rising(5)), calls(ours, 'ok', rising(15))], 1],
  ['three in twenty fail', 'JarvisProviderFailing', [calls(ours, 'failed', rising(3)), calls(ours, 'ok', rising(17))], 0],
  [
    'some fail in each of two processes',
    'JarvisProviderFailing',
    [calls(ours, 'ok', rising(7)), calls(ours, 'failed', rising(1)), calls(neighbour, 'failed', rising(1))],
    1,
  ],
  ['calls fail every other minute', 'JarvisProviderFailing', [calls(ours, 'ok', rising(2)), calls(ours, 'failed', risingEach(2, 2))], 1],
  ['calls fail since it is quiet', 'JarvisProviderFailing', [calls(ours, 'ok', slowing(45, 1000, 1)), calls(ours, 'failed', risingFrom(46, 1))], 1],
  ['people cancel', 'JarvisProviderFailing', [calls(ours, 'cancelled', rising(5)), calls(ours, 'ok', rising(5))], 0],
  [
    'another provider is busy and well, here and elsewhere',
    'JarvisProviderFailing',
    [calls(ours, 'failed', rising(1)), calls(ours, 'ok', rising(9000), 'anthropic'), calls(theirs, 'ok', rising(9000))],
    1,
  ],
  ['two providers fail', 'JarvisProviderFailing', [calls(ours, 'failed', rising(1)), calls(ours, 'timeout', rising(1), 'anthropic')], 2],
  ['one of two installations has failing calls', 'JarvisProviderFailing', [calls(ours, 'failed', rising(1)), calls(theirs, 'failed', rising(1))], 2],
  ['calls have failed for four minutes', 'JarvisProviderFailing', [calls(ours, 'ok', rising(1)), calls(ours, 'failed', risingFrom(55, 1))], 0],
  ['calls have failed for eight minutes', 'JarvisProviderFailing', [calls(ours, 'ok', rising(1)), calls(ours, 'failed', risingFrom(52, 1))], 1],
  ['calls failed until ten minutes ago', 'JarvisProviderFailing', [calls(ours, 'ok', rising(1)), calls(ours, 'failed', '0+9x50 450x10')], 0],

  ['a circuit is open in one of two processes', 'JarvisModelLeftAlone', [circuit(ours, 'm', steady(1)), circuit(neighbour, 'm', steady(0))], 1],
  ['a circuit is open in both processes', 'JarvisModelLeftAlone', [circuit(ours, 'm', steady(1)), circuit(neighbour, 'm', steady(1))], 1],
  [
    'four circuits are open',
    'JarvisModelLeftAlone',
    [circuit(ours, 'm', steady(1)), circuit(ours, 'n', steady(1)), circuit(ours, 'm', steady(1), 'other'), circuit(theirs, 'm', steady(1))],
    4,
  ],
  ['no circuit is open', 'JarvisModelLeftAlone', [circuit(ours, 'm', steady(0))], 0],
  ['a circuit has been open for three minutes', 'JarvisModelLeftAlone', [circuit(ours, 'm', from(57, 0, 1))], 0],
  ['a circuit has been open for six minutes', 'JarvisModelLeftAlone', [circuit(ours, 'm', from(54, 0, 1))], 1],

  ['a tenth takes two seconds', 'JarvisSlow', requests(ours, tenthSlow), 1],
  ['another installation is busy and fast', 'JarvisSlow', [...requests(ours, tenthSlow), ...requests(theirs, allFast)], 1],
  ['two installations are slow', 'JarvisSlow', [...requests(ours, tenthSlow), ...requests(theirs, tenthSlow)], 2],
  [
    'one of two processes is slow',
    'JarvisSlow',
    [...requests(ours, { 0.5: 90, 1: 90, 2: 90, '+Inf': 90 }), ...requests(neighbour, { 0.5: 0, 1: 0, 2: 10, '+Inf': 10 })],
    1,
  ],
  ['seven in a hundred take a little over a second', 'JarvisSlow', requests(ours, { 0.5: 90, 1: 93, 2: 100, '+Inf': 100 }), 1],
  ['four in a hundred take two seconds', 'JarvisSlow', requests(ours, { 0.5: 96, 1: 96, 2: 100, '+Inf': 100 }), 0],
  ['a tenth takes under a second', 'JarvisSlow', requests(ours, { 0.5: 90, 1: 100, 2: 100, '+Inf': 100 }), 0],
  ['it has been slow for six minutes', 'JarvisSlow', requests(ours, tenthSlow, '/x', 54), 0],
  ['it has been slow for a quarter of an hour', 'JarvisSlow', requests(ours, tenthSlow, '/x', 45), 1],
  ['a route is slow that is called like a stream', 'JarvisSlow', requests(ours, tenthSlow, '/api/v1/news'), 1],
  ...['/api/v1/runs/:id/events', '/api/v1/agui', '/api/v1/ws', '/mcp', '/v1/chat/completions', '/v1/responses'].map((route): AlertCase => [
    `answers of ${route} take long`,
    'JarvisSlow',
    requests(ours, { 0.5: 0, 1: 0, 2: 0, '+Inf': 100 }, route),
    0,
  ]),

  ['first words come late', 'JarvisFirstWordSlow', firstWords(ours, lateHalf), 1],
  [
    'elsewhere they come early',
    'JarvisFirstWordSlow',
    [...firstWords(ours, lateHalf), ...firstWords(theirs, { 5: 900, 10: 900, 30: 900, '+Inf': 900 })],
    1,
  ],
  ['they come late in two installations', 'JarvisFirstWordSlow', [...firstWords(ours, lateHalf), ...firstWords(theirs, lateHalf)], 2],
  ['six in a hundred come a little late', 'JarvisFirstWordSlow', firstWords(ours, { 5: 900, 10: 940, 30: 1000, '+Inf': 1000 }), 1],
  [
    'those of one of two processes come late',
    'JarvisFirstWordSlow',
    [...firstWords(ours, { 5: 90, 10: 90, 30: 90, '+Inf': 90 }), ...firstWords(neighbour, { 5: 0, 10: 0, 30: 10, '+Inf': 10 })],
    1,
  ],
  [
    'the few of now come late, the many of before came early',
    'JarvisFirstWordSlow',
    Object.entries({ 10: [1000, 0], 30: [1000, 1], '+Inf': [1000, 1] }).map(([le, [fast, slow]]) => ({
      series: `jarvis_run_first_token_seconds_bucket{${ours},le="${le}"}`,
      values: slowing(35, fast!, slow!),
    })),
    1,
  ],
  [
    'one comes each four minutes, late',
    'JarvisFirstWordSlow',
    Object.entries({ 10: 0, 30: 1, '+Inf': 1 }).map(([le, by]) => ({
      series: `jarvis_run_first_token_seconds_bucket{${ours},le="${le}"}`,
      values: risingEach(4, by),
    })),
    1,
  ],
  ['they come within ten seconds', 'JarvisFirstWordSlow', firstWords(ours, { 5: 5, 10: 10, 30: 10, '+Inf': 10 }), 0],
  ['four in a hundred come late', 'JarvisFirstWordSlow', firstWords(ours, { 5: 96, 10: 96, 30: 100, '+Inf': 100 }), 0],
  ['they have come late for six minutes', 'JarvisFirstWordSlow', firstWords(ours, lateHalf, 54), 0],
  ['they have come late for a quarter of an hour', 'JarvisFirstWordSlow', firstWords(ours, lateHalf, 45), 1],

  ['workers are full, those of another installation idle', 'JarvisWorkersFull', [active(ours, steady(58)), active(theirs, steady(0))], 1],
  ['workers of two installations are full', 'JarvisWorkersFull', [active(ours, steady(58)), active(theirs, steady(58))], 2],
  ['API processes run nothing', 'JarvisWorkersFull', [active(ours, steady(58)), active(neighbour, steady(0), 'api')], 1],
  ['workers are nearly full', 'JarvisWorkersFull', [active(ours, steady(56))], 0],
  ['one of two workers is full', 'JarvisWorkersFull', [active(ours, steady(64)), active(neighbour, steady(0))], 0],
  ['workers have been full for eight minutes', 'JarvisWorkersFull', [active(ours, from(52, 0, 64))], 0],
  ['workers have been full for eleven minutes', 'JarvisWorkersFull', [active(ours, from(49, 0, 64))], 1],

  [
    'jobs of two queues have failed within minutes',
    'JarvisJobsFailing',
    [failedJobs(ours, 'a', from(60, 0, 30)), failedJobs(ours, 'b', from(60, 0, 30))],
    2,
  ],
  ['jobs of two installations', 'JarvisJobsFailing', [failedJobs(ours, 'a', rising(1)), failedJobs(theirs, 'a', rising(1))], 2],
  ['jobs failed in the first half of the hour', 'JarvisJobsFailing', [failedJobs(ours, 'a', '0+1x30 30x30')], 1],
  ['fifteen of each queue and process', 'JarvisJobsFailing', [failedJobs(ours, 'a', rising(0.25)), failedJobs(ours, 'b', rising(0.25))], 0],
  ['fifteen in each of two processes', 'JarvisJobsFailing', [failedJobs(ours, 'a', rising(0.25)), failedJobs(neighbour, 'a', rising(0.25))], 1],

  ['a statement waits', 'JarvisPoolFull', [pool(ours, 'waiting', from(54, 0, 1)), pool(theirs, 'waiting', steady(1))], 2],
  ['a statement has waited for three minutes', 'JarvisPoolFull', [pool(ours, 'waiting', from(57, 0, 1))], 0],
  ['connections are used, and none waits', 'JarvisPoolFull', [pool(ours, 'waiting', steady(0)), pool(ours, 'idle', steady(5))], 0],

  ['there is no backup', 'JarvisBackupOld', [backupAge(ours, Array.from({ length: 61 }, () => 'Inf').join(' '))], 1],
  ['the backup is over two days old', 'JarvisBackupOld', [backupAge(ours, `${2.1 * days}+60x60`), backupAge(theirs, `${2.1 * days}+60x60`)], 2],
  ['the backup is nearly two days old', 'JarvisBackupOld', [backupAge(ours, `${1.9 * days}+60x60`)], 0],
  ['one process has not heard of the newest', 'JarvisBackupOld', [backupAge(ours, steady(3 * days)), backupAge(neighbour, steady(60))], 0],
  ['the backup has been too old for a quarter of an hour', 'JarvisBackupOld', [backupAge(ours, from(45, 60, 3 * days))], 0],
  ['the backup has been too old for half an hour', 'JarvisBackupOld', [backupAge(ours, from(29, 60, 3 * days))], 1],

  [
    'a backup failed, and one of two processes knows',
    'JarvisBackupFailed',
    [backupFailures(ours, from(60, 0, 1)), backupFailures(neighbour, steady(0))],
    1,
  ],
  ['backups of two installations failed', 'JarvisBackupFailed', [backupFailures(ours, steady(1)), backupFailures(theirs, steady(1))], 2],
  ['no backup failed', 'JarvisBackupFailed', [backupFailures(ours, steady(0))], 0],

  [
    'two processes start again and again',
    'JarvisRestarts',
    [streams(ours, steady(0)), starts(ours, 4), streams(neighbour, steady(0), 'worker'), starts(neighbour, 4, 'worker')],
    2,
  ],
  ['a process started three times', 'JarvisRestarts', [streams(ours, steady(0)), starts(ours, 3)], 0],
  ['it started often, an hour ago', 'JarvisRestarts', [streams(ours, steady(0)), { ...starts(ours, 0), values: '0 1 2 3 4 5x55' }], 0],
  ['it started once in five minutes', 'JarvisRestarts', [streams(ours, steady(0)), { ...starts(ours, 0), values: '0x35 1x4 2x4 3x4 4x4 5x4' }], 1],
  ['another program of the namespace does', 'JarvisRestarts', [streams(ours, steady(0)), starts('namespace="jarvis",instance="9"', 9)], 0],
  ['another program of that address does', 'JarvisRestarts', [streams(ours, steady(0)), starts(theirs, 9)], 0],
  ['a process that is no part of ours does', 'JarvisRestarts', [streams(ours, steady(0), 'sidecar'), starts(ours, 9, 'sidecar')], 0],

  [
    'two event loops are late',
    'JarvisEventLoopLag',
    [streams(ours, steady(0)), lag(ours, steady(0.6)), streams(neighbour, steady(0)), lag(neighbour, from(48, 0, 0.6))],
    2,
  ],
  ['an event loop is a little late', 'JarvisEventLoopLag', [streams(ours, steady(0)), lag(ours, steady(0.4))], 0],
  ['an event loop has been late for eight minutes', 'JarvisEventLoopLag', [streams(ours, steady(0)), lag(ours, from(52, 0, 1))], 0],
  [
    'that of another program of the namespace is',
    'JarvisEventLoopLag',
    [streams(ours, steady(0)), lag('namespace="jarvis",instance="9"', steady(1))],
    0,
  ],
  ['that of another program of that address is', 'JarvisEventLoopLag', [streams(ours, steady(0)), lag(theirs, steady(1))], 0],
]

/** The cases of one alert, as promtool takes them. */
export const promtoolTests = (alert: string) =>
  alertCases
    .filter(([, about]) => about === alert)
    .map(([name, alertname, input_series, firing]) => ({
      name,
      interval: '1m',
      input_series,
      promql_expr_test: [
        {
          expr: `count(ALERTS{alertname="${alertname}",alertstate="firing"}) or vector(0)`,
          eval_time: `${minutes}m`,
          exp_samples: [{ labels: '{}', value: firing }],
        },
      ],
    }))
