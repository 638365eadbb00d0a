import type { ServerResponse } from 'node:http'
import { crc32, deflateSync } from 'node:zlib'
import { sendJson } from '../../api/src/practice-model/http.ts'

const sizes = ['1024x1024', '1024x1536', '1536x1024', 'auto']
const qualities = ['low', 'medium', 'high', 'auto']
/** By quality, for a square and for a long picture. */
const tokens: Record<string, [number, number]> = { low: [272, 408], medium: [1056, 1584], high: [4160, 6240] }

/** A picture of one colour, as PNG: another prompt has another colour. */
function png(width: number, height: number, prompt: string): Buffer {
  const colour = crc32(prompt)
  const row = Buffer.alloc(1 + width * 3)
  for (let at = 0; at < width; at++) row.set([colour & 255, (colour >> 8) & 255, (colour >> 16) & 255], 1 + at * 3)
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const around = Buffer.alloc(8)
    around.writeUInt32BE(data.length, 0)
    around.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([around.subarray(0, 4), body, around.subarray(4)])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const rows = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)))
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))])
}

/** As OpenAI's pictures are made: `gpt-image-…` answers in base64 and refuses `response_format`, others want it. */
export function drawPicture(response: ServerResponse, body: Record<string, unknown>): void {
  const { model, prompt, size = 'auto', quality = 'auto', n = 1, response_format: format } = body
  const refuse = (message: string, param: string | null, code: string, type = 'invalid_request_error') =>
    sendJson(response, 400, { error: { message, type, param, code } })
  const isGptImage = String(model).startsWith('gpt-image')
  if (typeof prompt !== 'string' || prompt === '') return refuse("Missing required parameter: 'prompt'.", 'prompt', 'missing_required_parameter')
  if (n !== 1) return refuse('One at a time here.', 'n', 'invalid_value')
  if (isGptImage && format !== undefined) return refuse("Unknown parameter: 'response_format'.", 'response_format', 'unknown_parameter')
  if (isGptImage && !sizes.includes(String(size))) return refuse(`Invalid size '${String(size)}'.`, 'size', 'invalid_value')
  if (isGptImage && !qualities.includes(String(quality))) return refuse(`Invalid value: '${String(quality)}'.`, 'quality', 'invalid_value')
  if (/\bblood\b/i.test(prompt)) {
    const message = 'Your request was rejected by the safety system. If you believe this is an error, contact us. safety_violations=[violence].'
    return refuse(message, null, 'moderation_blocked', 'image_generation_user_error')
  }
  if (!isGptImage && format !== 'b64_json') return sendJson(response, 200, { created: 1, data: [{ url: 'https://images.example/1.png' }] })
  const [width = 1024, height = 1024] = String(size).split('x').map(Number).filter(Number.isFinite)
  const outputTokens = tokens[String(quality)]?.[width === height ? 0 : 1] ?? 1056
  const inputTokens = Math.ceil(prompt.length / 4) + 4
  const usage = {
    input_tokens: inputTokens,
    input_tokens_details: { image_tokens: 0, text_tokens: inputTokens },
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  }
  const data = [{ b64_json: png(width, height, prompt).toString('base64') }]
  sendJson(response, 200, { created: 1, ...(isGptImage && { background: 'opaque', output_format: 'png', quality, size, usage }), data })
}
