import { pathToFileURL } from 'node:url'
import { Parser } from '@asyncapi/parser'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import spectral from '@stoplight/spectral-core'
import rulesets from '@stoplight/spectral-rulesets'
import { describeApi } from '../api/src/describe-api.ts'
import { describeSocket } from '../api/src/http/asyncapi.ts'

/** What spectral's and redocly's recommended rules find in a description of an HTTP API, a sentence each. */
export async function openApiFaults(description: object): Promise<string[]> {
  const linter = new spectral.Spectral()
  linter.setRuleset({ extends: [[rulesets.oas as spectral.RulesetDefinition, 'recommended']], rules: {} })
  const found = await linter.run(JSON.stringify(description))
  const config = await createConfig({ extends: ['recommended'] })
  const redocly = await lintFromString({ source: JSON.stringify(description), config })
  return [
    ...found.map(({ code, message, path }) => `spectral ${code}: ${path.join('.')}: ${message}`),
    ...redocly.map(({ ruleId, message, location }) => `redocly ${ruleId}: ${location[0]?.pointer ?? ''}: ${message}`),
  ]
}

/** That there is a newer version of the format is no fault; nobody here knows an administrator's address. */
const accepted = new Set<unknown>(['asyncapi-latest-version', 'asyncapi-info-contact-properties'])

/** What AsyncAPI's own parser finds in a description of a socket, and spectral's recommended rules. */
export async function asyncApiFaults(description: object): Promise<string[]> {
  const { diagnostics } = await new Parser().parse(JSON.stringify(description))
  const linter = new spectral.Spectral()
  linter.setRuleset({ extends: [[rulesets.asyncapi as spectral.RulesetDefinition, 'recommended']], rules: {} })
  return [...diagnostics, ...(await linter.run(JSON.stringify(description)))]
    .filter(({ code }) => !accepted.has(code))
    .map(({ code, message, path }) => `${code}: ${path.join('.')}: ${message}`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const socket = describeSocket({ version: '0.1.0', host: 'localhost:3000', isSecure: false })
  const faults = [
    ...(await openApiFaults(await describeApi())).map((fault) => `openapi.json: ${fault}`),
    ...(await asyncApiFaults(socket)).map((fault) => `asyncapi.json: ${fault}`),
  ]
  for (const fault of faults) process.stderr.write(`${fault}\n`)
  if (faults.length > 0) process.exitCode = 1
}
