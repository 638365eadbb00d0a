import { fstatSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startStripe } from './stripe.ts'

const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, host: { type: 'string', default: '127.0.0.1' }, 'webhook-url': { type: 'string' } },
})

const { url, settings } = await startStripe({ port: Number(values.port), host: values.host, webhookUrl: values['webhook-url'] })
process.stdout.write(`${JSON.stringify({ url, settings })}\n`)

// A child never outlives its parent: the channel, or else the input, closes with it.
const stop = () => process.exit(0)
process.on('SIGTERM', stop).on('SIGINT', stop)
const input = fstatSync(0)
if (process.channel) process.on('disconnect', stop)
else if (input.isFIFO() || input.isSocket()) process.stdin.on('end', stop).on('error', stop).resume()
