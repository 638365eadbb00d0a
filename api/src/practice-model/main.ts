import { fstatSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startPracticeModel } from './practice-model.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    'tokens-per-second': { type: 'string', default: '60' },
    'api-key': { type: 'string' },
  },
})

const model = await startPracticeModel({
  port: Number(values.port),
  host: values.host,
  tokensPerSecond: Number(values['tokens-per-second']),
  apiKey: values['api-key'],
})
process.stdout.write(`${JSON.stringify({ url: model.url })}\n`)

// A child never outlives its parent: the channel, or else the input, closes with it.
const stop = () => process.exit(0)
process.on('SIGTERM', stop).on('SIGINT', stop)
if (process.channel) process.on('disconnect', stop)
else if (isPipe()) process.stdin.on('end', stop).on('error', stop).resume()

function isPipe(): boolean {
  const input = fstatSync(0)
  return input.isFIFO() || input.isSocket()
}
