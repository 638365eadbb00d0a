import { readFileSync } from 'node:fs'
import { Client, type ClientConfig } from 'pg'
import type { Behaviour, RecordedRequest } from '../simulators/openai/scripted.ts'

/** What a small company asks in a week, and what its model answers. The pictures of the README show it. */
const talks: { title: string; folder?: string; ask: string; answer: string }[] = [
  {
    title: 'Übergabe Sommerkarte',
    ask: 'Fasse die Änderungen an der Sommerkarte für das Team zusammen.',
    answer: '**Neu ab Juni:** Kaltbrühkaffee, Zitronenkuchen, Hafermilch ohne Aufpreis. Die Winterkarte endet am 31. Mai.',
  },
  {
    title: '新しい豆の説明文',
    ask: 'エチオピアの豆の説明文を短く書いてください。',
    answer: 'ジャスミンのような香りと、桃を思わせるやさしい甘さ。朝の一杯におすすめの浅煎りです。',
  },
  {
    title: 'رسالة إلى المورّد في اليمن',
    ask: 'اكتب رسالة قصيرة إلى المورّد عن موعد الشحنة القادمة.',
    answer: 'السلام عليكم، نرجو تأكيد موعد الشحنة القادمة من بن **حراز** (40 كيسًا) قبل نهاية الأسبوع. مع الشكر.',
  },
  {
    title: 'Grinder calibration script',
    folder: 'Roastery',
    ask: 'Write a short TypeScript function that suggests the grinder setting from the last shot time.',
    answer:
      'Aim for 28 seconds. Each step of the dial is worth about two seconds:\n\n```typescript\n/** `seconds` is the last shot; a higher setting is coarser. */\nexport function nextSetting(setting: number, seconds: number): number {\n  const steps = Math.round((28 - seconds) / 2)\n  return Math.min(40, Math.max(1, setting - steps))\n}\n```\n\nA shot of 22 s at 14 gives `nextSetting(14, 22) === 11`.',
  },
  {
    title: 'How a wholesale order flows',
    folder: 'Wholesale',
    ask: 'Draw how a wholesale order goes from the form to the courier.',
    answer:
      'Four steps, and one place where it can wait:\n\n```mermaid\nflowchart LR\n  A[Order form] --> B{In stock?}\n  B -- yes --> C[Pack]\n  B -- no --> D[Roast on Tuesday]\n  D --> C\n  C --> E[Courier]\n```\n\nMost delays are at *Roast on Tuesday*: 6 of 9 in March.',
  },
  {
    title: 'Extraction yield, explained',
    folder: 'Roastery',
    ask: 'What is extraction yield, as a formula?',
    answer:
      'The share of the coffee that ends up in the cup:\n\n$$\\text{yield} = \\frac{m_{\\text{cup}} \\times \\text{TDS}}{m_{\\text{dose}}} \\times 100\\,\\%$$\n\nWith 36 g in the cup, a TDS of 0.09 and a dose of 18 g: $\\frac{36 \\times 0.09}{18} = 18\\,\\%$. Between 18 % and 22 % tastes balanced.',
  },
  {
    title: 'Spring sales by region',
    folder: 'Wholesale',
    ask: 'Compare our spring sales by region with last year. What should we do about the south?',
    answer:
      'Spring closed **7.9 % above** last year. All of the growth is in the north and west.\n\n| Region | Spring 2025 | Spring 2026 | Change |\n| --- | ---: | ---: | ---: |\n| North | €48,200 | €56,900 | +18.0 % |\n| West | €39,750 | €44,100 | +10.9 % |\n| East | €31,400 | €32,050 | +2.1 % |\n| South | €27,900 | €25,800 | −7.5 % |\n\nThe south lost two cafés in February. I would:\n\n1. Call **Café Miramar** and **La Huerta** this week: both ordered monthly until then.\n2. Offer free delivery over €150 there until June.\n3. Look again on 1 June, when the new driver has been there for six weeks.',
  },
]

export const mailTool = {
  name: 'send_mail',
  description: 'Sends a letter from the company’s address',
  inputSchema: {
    type: 'object' as const,
    properties: { to: { type: 'string' }, subject: { type: 'string' }, text: { type: 'string' } },
    required: ['to', 'subject', 'text'],
  },
}
export const askForMail = 'Tell Café Miramar that delivery is free for them until June.'
const letter = {
  to: 'orders@miramar.example',
  subject: 'Free delivery until June',
  text: 'Dear Rosa, until 30 June we deliver to you for free, whatever you order. Thomas comes on Tuesdays.',
}

const model = (id: string, name: string, tier: string, input: number, output: number) => ({
  id,
  name,
  tier,
  contextTokens: 128e3,
  outputTokensMax: 8e3,
  inputMicroUsdPerMillion: input,
  outputMicroUsdPerMillion: output,
  fallbacks: [],
})
/** The table of models: made-up names, so that no maker is spoken for. */
export const models = {
  models: [
    model('swift-2', 'Swift 2', 'economy', 15e4, 6e5),
    model('steady-3', 'Steady 3', 'premium', 25e5, 1e7),
    model('deep-1', 'Deep 1', 'frontier', 12e6, 48e6),
  ],
  auto: {
    free: 'swift-2',
    pro: 'steady-3',
    enterprise: 'steady-3',
  },
  economy: 'swift-2',
  embedding: null,
}

/** The provider's side: each question above has its answer. */
export function answer({ body }: RecordedRequest): Behaviour {
  const messages = (body['messages'] ?? []) as { role: string; content: unknown }[]
  const asked = JSON.stringify(messages.findLast(({ role }) => role === 'user')?.content ?? '')
  const usage = { prompt_tokens: 900 + asked.length * 7, completion_tokens: 420 }
  const talk = talks.find(({ ask }) => asked.includes(JSON.stringify(ask).slice(1, -1)))
  if (talk) return { text: talk.answer, usage }
  if (!asked.includes('Café Miramar that') || messages.at(-1)?.role === 'tool') return { text: 'Done. Anything else?', usage }
  return { toolCalls: [{ name: 'mail__send_mail', arguments: letter }], usage }
}

type Call = <Answer = { id: string }>(method: string, path: string, body?: unknown) => Promise<Answer>

/** Calls as somebody; a refusal is an error. */
export function caller(url: string, token?: string): Call {
  return async <Answer>(method: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && !(body instanceof FormData) && { 'content-type': 'application/json' }),
      },
      body: body instanceof FormData ? body : body === undefined ? null : JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    const isJson = response.headers.get('content-type')?.includes('json')
    return (isJson ? JSON.parse(text) : text) as Answer
  }
}

export const password = 'a sentence to remember'
export const email = 'ada@northwind.example'
const colleagues = [
  ['Grace Oduya', 'grace@northwind.example', 'pro'],
  ['Thomas Brandstätter', 'thomas@northwind.example', 'pro'],
  ['佐藤 花子', 'hanako@northwind.example', 'free'],
] as const

export async function signedIn(url: string, who: string): Promise<Call> {
  const { accessToken } = await caller(url)<{ accessToken: string }>('POST', '/auth/login?transport=body', { email: who, password })
  return caller(url, accessToken)
}

async function converse(call: Call, said: readonly (typeof talks)[number][], folderIds: Record<string, string> = {}): Promise<string> {
  let id = ''
  for (const { title, folder, ask } of said) {
    ;({ id } = await call('POST', '/conversations', { title, ...(folder && folderIds[folder] && { folderId: folderIds[folder] }) }))
    const { runId } = await call<{ runId: string }>('POST', `/conversations/${id}/messages`, { messageId: crypto.randomUUID(), content: ask })
    await call('GET', `/runs/${runId}/events`)
  }
  return id
}

/** Fills an empty installation. @returns the conversation to show, and the link that shares it */
export async function fillCompany(url: string): Promise<{ conversation: string; shared: string }> {
  await caller(url)('POST', '/auth/register', { email, name: 'Ada Lindqvist', password })
  const ada = await signedIn(url, email)
  const me = await ada('GET', '/me')
  await ada('PATCH', `/admin/users/${me.id}`, { plan: 'enterprise' })
  const folders: Record<string, string> = {}
  for (const name of ['Roastery', 'Wholesale'])
    folders[name] = (await ada('POST', '/folders', { name, instructions: 'Prices are in euros. Answer in short sentences.' })).id
  const conversation = await converse(ada, talks, folders)
  await ada('PATCH', `/conversations/${conversation}`, { pinned: true })
  const shared = (await ada<{ url: string }>('POST', `/conversations/${conversation}/share`, {})).url
  await addThings(ada)
  const organisation = await ada('POST', '/organisations', { name: 'Northwind Coffee' })
  await addPeople(url, ada, organisation.id)
  return { conversation: `/c/${conversation}`, shared: new URL(shared).pathname }
}

async function addThings(ada: Call): Promise<void> {
  const documents = new URL('../api/test/fixtures/documents/', import.meta.url)
  for (const [name, from] of [
    ['Wholesale price list.xlsx', 'tides.xlsx'],
    ['Supplier handbook.pdf', 'tides.pdf'],
  ] as const) {
    const form = new FormData()
    form.set('file', new Blob([readFileSync(new URL(from, documents))]), name)
    await ada('POST', '/files', form)
  }
  const prompts = {
    'Reply to a complaint': 'Write a kind reply to {{customer}} about {{what went wrong}}. Offer a replacement.',
    'Tasting note': 'Describe {{bean}} in two sentences for the shelf.',
  }
  for (const [name, text] of Object.entries(prompts)) await ada('POST', '/prompts', { name, text, shared: name === 'Tasting note' })
  for (const text of [
    'I run a coffee roastery in Malmö with eleven people.',
    'Our wholesale prices are without VAT.',
    'Grace is in charge of the south.',
  ])
    await ada('POST', '/memories', { text })
  await ada('POST', '/api-keys', { name: 'Till', scopes: ['chat'] })
  await ada('POST', '/admin/invitations', { email: 'new.barista@northwind.example' })
}

async function addPeople(url: string, ada: Call, organisationId: string): Promise<void> {
  for (const [name, who, plan] of colleagues) {
    await ada('POST', '/admin/users', { email: who, name, plan, password })
    const invited = await ada<{ url: string }>('POST', `/organisations/${organisationId}/invitations`, {
      email: who,
      role: 'member',
      delivery: 'link',
    })
    const theirs = await signedIn(url, who)
    await theirs('POST', '/organisations/join', { invitation: invited.url.split('=').at(-1) })
    await converse(theirs, talks.slice(0, 3))
  }
  await ada('POST', `/organisations/${organisationId}/invitations`, { role: 'member', email: 'lena.longstanding-supplier@northwind.example' })
}

/** Writes into the ledger what the company used before today: nobody waits a month for a picture. */
export async function pastMonth(connection: ClientConfig): Promise<void> {
  const client = new Client(connection)
  await client.connect()
  const { rows: people } = await client.query<{ id: string }>('select id from users order by id')
  for (let back = 1; back < 31; back++)
    for (const [index, { id }] of people.entries()) {
      const day = new Date(Date.now() - back * 86_400_000)
      if ([0, 6].includes(day.getUTCDay())) continue
      for (let call = 0; call < 2 + ((back * 7 + index * 5) % 6); call++) {
        const { id: model, inputMicroUsdPerMillion, outputMicroUsdPerMillion } = models.models[(back + call + index) % 5 < 3 ? 0 : 1]!
        const [read, written] = [900 + ((back * 37 + call * 211) % 2400), 200 + ((back * 53 + call * 97) % 900)]
        const cost = Math.round((read * inputMicroUsdPerMillion + written * outputMicroUsdPerMillion) / 1e6)
        await client.query(
          `insert into ledger (user_id, cycle_starts_at, kind, model, input_tokens, output_tokens, cost_micro_usd, created_at)
           values ($1, date_trunc('month', $2::timestamptz, 'UTC'), 'answer', $3, $4, $5, $6, $2)`,
          [id, day, model, read, written, cost],
        )
      }
    }
  await client.query(
    `update conversations set updated_at = now() - later.n * interval '19 hours' from
     (select id, row_number() over (partition by user_id order by updated_at desc) - 1 as n from conversations) later where later.id = conversations.id`,
  )
  await client.end()
}
