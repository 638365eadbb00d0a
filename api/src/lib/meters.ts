import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/**
 * What this process counts, all of it on one page: names and labels are a contract with those who scrape. A label's values come from a list
 * that is ours (models, tools, routes, outcomes), never from what somebody sent: each value is a series that is kept for ever.
 */
export const meters = new Registry()
const registers = [meters]

const seconds = {
  request: [0.005, 0.02, 0.1, 0.5, 2, 10],
  firstToken: [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60],
  run: [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900],
}

export const httpSeconds = new Histogram({
  name: 'jarvis_http_request_duration_seconds',
  help: 'Time to answer a request, by the pattern of its route',
  labelNames: ['method', 'route', 'status'],
  buckets: seconds.request,
  registers,
})
export const runsEnded = new Counter({
  name: 'jarvis_runs_total',
  help: 'Runs that ended: success, interrupt (waits for a person), cancelled or failed',
  labelNames: ['kind', 'outcome'],
  registers,
})
export const firstTokenSeconds = new Histogram({
  name: 'jarvis_run_first_token_seconds',
  help: 'From the question to the first text of its answer',
  buckets: seconds.firstToken,
  registers,
})
export const runSeconds = new Histogram({
  name: 'jarvis_run_duration_seconds',
  help: 'From the question to the end of its run',
  buckets: seconds.run,
  registers,
})
export const tokens = new Counter({
  name: 'jarvis_tokens_total',
  help: 'Tokens that were charged',
  labelNames: ['model', 'direction'],
  registers,
})
export const costMicroUsd = new Counter({
  name: 'jarvis_cost_micro_usd_total',
  help: 'What was charged, in micro-dollars',
  labelNames: ['model'],
  registers,
})
export const providerRequests = new Counter({
  name: 'jarvis_provider_requests_total',
  help: 'Calls of models: ok, cancelled, refused (by the provider), failed or timeout',
  labelNames: ['provider', 'outcome'],
  registers,
})
export const responseCache = new Counter({
  name: 'jarvis_response_cache_total',
  help: 'Requests to /v1 at temperature 0: hit (answered from memory) or miss',
  labelNames: ['outcome'],
  registers,
})
export const responseCacheSavedMicroUsd = new Counter({
  name: 'jarvis_response_cache_saved_micro_usd_total',
  help: 'What answers from memory had cost when they were first given, in micro-dollars',
  registers,
})
export const circuitOpen = new Gauge({
  name: 'jarvis_circuit_open',
  help: '1 while a model of a provider is left alone after failures in a row',
  labelNames: ['provider', 'model'],
  aggregator: 'max',
  registers,
})
export const toolCalls = new Counter({
  name: 'jarvis_tool_calls_total',
  help: 'Calls of tools: ok, failed, denied, cancelled, unknown or asked',
  labelNames: ['tool', 'outcome'],
  registers,
})
export const guardVerdicts = new Counter({
  name: 'jarvis_guard_verdicts_total',
  help: 'Texts that the guard judged',
  labelNames: ['channel', 'action'],
  registers,
})
export const limitRefusals = new Counter({
  name: 'jarvis_limit_refusals_total',
  help: 'What was refused because a limit was reached',
  labelNames: ['limit'],
  registers,
})
export const jobsFailed = new Counter({
  name: 'jarvis_jobs_failed_total',
  help: 'Attempts at background jobs that failed',
  labelNames: ['queue'],
  registers,
})
