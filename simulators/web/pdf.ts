import { deflateSync } from 'node:zlib'

/** A PDF of pages with a line of text each, or with no text at all; `times` packs the stream of each page so often. */
export function makePdf(lines: readonly string[], times = 0): Buffer {
  const contents = lines.map((line) => (line === '' ? '0 0 m 10 10 l S' : `BT /F1 24 Tf 72 700 Td (${line.replace(/[()\\]/g, '\\$&')}) Tj ET`))
  return assemble(
    contents.map((content) => Buffer.from(content)),
    times,
  )
}

/** A small file that has its reader draw for ever. */
export const makePdfBomb = (): Buffer => assemble([Buffer.alloc(300_000_000, 'q Q ')], 2)

function assemble(contents: readonly Buffer[], times: number): Buffer {
  const first = 4
  const pages = contents.map((_content, index) => `${first + 2 * index} 0 R`)
  const objects: (string | { dictionary: string; data: Buffer })[] = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${pages.join(' ')}] /Count ${pages.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...contents.flatMap((content, index) => {
      let data = content
      for (let time = 0; time < times; time++) data = deflateSync(data, { level: 9 })
      const filter = times > 0 ? ` /Filter [${'/FlateDecode '.repeat(times)}]` : ''
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> /Contents ${first + 2 * index + 1} 0 R >>`,
        { dictionary: `<< /Length ${data.length}${filter} >>`, data },
      ]
    }),
  ]
  const parts: Buffer[] = [Buffer.from('%PDF-1.7\n')]
  const offsets: number[] = []
  let length = parts[0]!.length
  const write = (part: Buffer) => {
    parts.push(part)
    length += part.length
  }
  for (const [index, object] of objects.entries()) {
    offsets.push(length)
    write(Buffer.from(`${index + 1} 0 obj\n`))
    if (typeof object === 'string') write(Buffer.from(object))
    else {
      write(Buffer.from(`${object.dictionary}\nstream\n`))
      write(object.data)
      write(Buffer.from('\nendstream'))
    }
    write(Buffer.from('\nendobj\n'))
  }
  const start = length
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`)
  write(
    Buffer.from(
      `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows.join('')}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`,
    ),
  )
  return Buffer.concat(parts)
}
