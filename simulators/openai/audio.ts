import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { sendJson } from '../../api/src/practice-model/http.ts'

/** One second of silence and more: 8 kHz, one channel, 8 bits. */
export function wav(seconds: number): Buffer<ArrayBuffer> {
  const samples = Math.round(8000 * seconds)
  const header = Buffer.alloc(44)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(36 + samples, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(8000, 24)
  header.writeUInt32LE(8000, 28)
  header.writeUInt16LE(1, 32)
  header.writeUInt16LE(8, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(samples, 40)
  return Buffer.concat([header, Buffer.alloc(samples, 128)])
}

export type Heard = Record<string, string | string[]> & { file: string; type: string; bytes: string }

/** The fields of a form; of its file the name, the type and the length. */
export async function readForm(request: IncomingMessage): Promise<Heard> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const headers = { 'content-type': request.headers['content-type'] ?? '' }
  const form = await new Response(Buffer.concat(chunks), { headers }).formData()
  const file = form.get('file') as File
  const texts = [...new Set(form.keys())].filter((name) => name !== 'file')
  const fields = texts.map((name) => [name, name.endsWith('[]') ? (form.getAll(name) as string[]) : (form.get(name) as string)] as const)
  return { ...Object.fromEntries(fields), file: file.name, type: file.type, bytes: String(file.size) }
}

/** Says what it was given, in the shape that was asked for; a WAV as of `wav` it bills by its length. */
export function transcribe(response: ServerResponse, { response_format: format, model, file, bytes }: Heard): void {
  const text = `This is ${file}.`
  const seconds = Math.max(1, Math.round((Number(bytes) - 44) / 8000))
  const end = `00:00:${String(seconds % 60).padStart(2, '0')}`
  if (format === 'srt') return void response.writeHead(200, { 'content-type': 'text/plain' }).end(`1\n00:00:00,000 --> ${end},000\n${text}\n`)
  if (format === 'vtt') return void response.writeHead(200, { 'content-type': 'text/vtt' }).end(`WEBVTT\n\n00:00.000 --> ${end}.000\n${text}\n`)
  const usage = model?.includes('gpt-4o')
    ? {
        type: 'tokens',
        input_tokens: seconds * 10,
        input_token_details: { text_tokens: 0, audio_tokens: seconds * 10 },
        output_tokens: 6,
        total_tokens: seconds * 10 + 6,
      }
    : { type: 'duration', seconds }
  if (format === 'json') return sendJson(response, 200, { text, usage })
  const segment = {
    id: 0,
    seek: 0,
    start: 0,
    end: seconds,
    text,
    tokens: [1],
    temperature: 0,
    avg_logprob: -0.1,
    compression_ratio: 1,
    no_speech_prob: 0,
  }
  sendJson(response, 200, { task: 'transcribe', language: 'english', duration: seconds, text, segments: [segment], usage })
}

/** A tenth of a second for each character, in pieces. */
export async function speak(response: ServerResponse, { input }: Record<string, unknown>): Promise<void> {
  const sound = wav(String(input).length / 10)
  response.writeHead(200, { 'content-type': 'audio/wav' })
  for (let from = 0; from < sound.length && !response.destroyed; from += 16_384)
    if (!response.write(sound.subarray(from, from + 16_384))) await Promise.race([once(response, 'drain'), once(response, 'close')])
  response.end()
}
