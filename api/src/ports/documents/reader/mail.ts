import { sectionsOfHtml } from './html.ts'
import { type ReadText, type Section, charactersMax, withoutPages } from './section.ts'

/** A file that came with a letter. */
export type Attached = { name: string; bytes: Buffer }
/** What an attachment says; none where it is of no kind that is read, or cannot be. */
type ReadAttached = (attached: Attached) => Promise<Section[]>
type Letter = { subject: string; lines: [string, string | undefined][]; text: string | undefined; html: string | undefined; attached: Attached[] }

const attachedMax = 50

/** A letter as it is sent; letters inside it are read with it. */
export async function readEml(data: Buffer, read: ReadAttached): Promise<ReadText> {
  const { default: PostalMime } = await import('postal-mime')
  const mail = await PostalMime.parse(data, { maxNestingDepth: 50, maxHeadersSize: 1024 * 1024, maxRfc822NestingDepth: 5 })
  const people = (list: typeof mail.to) => list?.map((one) => [one.name, one.address && `<${one.address}>`].filter(Boolean).join(' ')).join(', ')
  const letter: Letter = {
    subject: mail.subject ?? '',
    lines: [
      ['From', mail.from && people([mail.from])],
      ['To', people(mail.to)],
      ['Cc', people(mail.cc)],
      ['Date', mail.date],
    ],
    text: mail.text,
    html: mail.html,
    attached: mail.attachments
      .filter(({ related }) => !related)
      .map(({ filename, content }) => ({ name: filename ?? '', bytes: Buffer.from(content as ArrayBuffer) })),
  }
  return await sectionsOf(letter, read)
}

/** A letter as Outlook keeps it. */
export async function readMsg(data: Buffer, read: ReadAttached): Promise<ReadText> {
  // A module of another kind: its own default is inside of ours.
  const { default: MsgReader } = (await import('@kenjiuno/msgreader')).default
  const reader = new MsgReader(new DataView(data.buffer, data.byteOffset, data.byteLength))
  const fields = reader.getFileData()
  if (fields.error !== undefined) throw new Error(fields.error)
  const people = (fields.recipients ?? []).map(({ name, smtpAddress, email }) => [name, `<${smtpAddress ?? email ?? ''}>`].join(' '))
  const attached = (fields.attachments ?? []).slice(0, attachedMax).map((one) => {
    const { fileName, content } = reader.getAttachment(one)
    return { name: fileName, bytes: Buffer.from(content) }
  })
  const letter: Letter = {
    subject: fields.subject ?? '',
    lines: [
      ['From', [fields.senderName, fields.senderSmtpAddress ?? fields.senderEmail].filter(Boolean).join(' ')],
      ['To', people.join(', ')],
      ['Date', fields.clientSubmitTime ?? fields.messageDeliveryTime],
    ],
    text: fields.body,
    html: fields.bodyHtml ?? (fields.html && Buffer.from(fields.html).toString('utf8')),
    attached,
  }
  return await sectionsOf(letter, read)
}

async function sectionsOf({ subject, lines, text, html, attached }: Letter, read: ReadAttached): Promise<ReadText> {
  const head = [['Subject', subject], ...lines].filter(([, value]) => value).map(([name, value]) => `${name}: ${value}`)
  const body = text?.trim() || !html ? [{ page: null, heading: null, text: text ?? '' }] : await sectionsOfHtml(html)
  const [first, ...rest] = body
  const sections: Section[] = [{ page: null, heading: subject || null, text: `${head.join('\n')}\n\n${first!.text}` }, ...rest]
  let characters = 0
  for (const one of attached.slice(0, attachedMax)) {
    // As it was sent: it may be a path.
    const name = one.name.split(/[/\\]/).at(-1)!
    const found = characters > charactersMax ? [] : await read({ ...one, name })
    characters += found.reduce((sum, section) => sum + section.text.length, 0)
    const headed = found.map(({ page, heading, text }) => ({ page: null, heading: [name, page ?? heading].filter(Boolean).join(', '), text }))
    sections.push({ page: null, heading: name, text: `Attached: ${name}\n` }, ...headed)
  }
  return withoutPages(sections)
}
