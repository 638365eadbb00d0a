import { pathToFileURL } from 'node:url'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import spectral from '@stoplight/spectral-core'
import rulesets from '@stoplight/spectral-rulesets'
import { describeApi } from '../api/src/describe-api.ts'

/** What spectral's and redocly's recommended rules find in a description of an HTTP API, a sentence each. */
export async function openApiFaults(description: object): Promise<string[]> {
  const linter = new spectral.Spectral()
  linter.setRuleset({ extends: [[rulesets.oas as spectral.RulesetDefinition, 'recommended']], rules: {} })
  const found = await linter.run(JSON.stringify(description))
  const redocly = await lintFromString({ source: JSON.stringify(description), config: await createConfig({ extends: ['recommended'] }) })
  return [
    ...found.map(({ code, message, path }) => `spectral ${code}: ${path.join('.')}: ${message}`),
    ...redocly.map(({ ruleId, message, location }) => `redocly ${ruleId}: ${location[0]?.pointer ?? ''}: ${message}`),
  ]
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const faults = await openApiFaults(await describeApi())
  for (const fault of faults) process.stderr.write(`openapi.json: ${fault}\n`)
  if (faults.length > 0) process.exitCode = 1
}
