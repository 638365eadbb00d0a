import { expect, test } from 'vitest'
import { growth, growthMax, hostileTexts } from '#test/processor-time.ts'
import { factsIn, forgetsIn, mayTellSomething } from './facts.ts'

test.each([
  ['My dog is called Biscuit.', ['My dog is called Biscuit.']],
  ['Remember that the project code is Zephyr-42.', ['The project code is Zephyr-42.']],
  ['Please remember: the office closes at six', ['The office closes at six']],
  ['Hi! I am allergic to peanuts. What can I cook tonight?', ['I am allergic to peanuts.']],
  ['Ich wohne in Hamburg und arbeite als Ärztin.', ['Ich wohne in Hamburg und arbeite als Ärztin.']],
  ['私の名前はケンです。', ['私の名前はケンです。']],
  ['大阪に住んでいます。', ['大阪に住んでいます。']],
  ['Vivo en Lima y trabajo de enfermera.', ['Vivo en Lima y trabajo de enfermera.']],
  ['Abito a Torino con mio figlio.', ['Abito a Torino con mio figlio.']],
  ['Mieszkam w Gdyni.', ['Mieszkam w Gdyni.']],
  ["İstanbul'da yaşıyorum.", ["İstanbul'da yaşıyorum."]],
  ['أعيش في القاهرة مع عائلتي.', ['أعيش في القاهرة مع عائلتي.']],
  ['اسم كلبي ريكس، وهو بني.', ['اسم كلبي ريكس، وهو بني.']],
  ['لدي حساسية من الفول السوداني.', ['لدي حساسية من الفول السوداني.']],
  ['تذكر أن رمز المشروع زفير.', ['رمز المشروع زفير.']],
  ['Запомни, что офис закрывается в шесть.', ['Офис закрывается в шесть.']],
  ['I prefer short answers.', ['I prefer short answers.']],
  ['Suggest a dinner, I am vegetarian and my wife hates mushrooms.', ['I am vegetarian.', 'My wife hates mushrooms.']],
  ['What can I cook, since I am allergic to nuts?', ['I am allergic to nuts.']],
  ['Plan a trip in May, my daughter is four and my son has asthma.', ['My daughter is four.', 'My son has asthma.']],
  [
    Array.from({ length: 12 }, (_, at) => `My cat number ${at} is grey.`).join(' '),
    Array.from({ length: 12 }, (_, at) => `My cat number ${at} is grey.`),
  ],
])('%s is remembered', (message, facts) => {
  expect(factsIn(message).map(({ text }) => text)).toEqual(facts)
})

test.each([
  'What is my dog called?',
  'أين أعيش؟',
  'هل يمكنك كتابة رسالة إلى زوجتي؟',
  'السماء بيضاء اليوم.',
  'Can you help me with my essay',
  'Write a poem about the sea.',
  'Explain how TCP works.',
  'My password is hunter2 and nobody knows it.',
  'The capital of France is Paris.',
  'Translate: I love you',
  'Translate to German: I am allergic to nuts and my name is Bob.',
  'Übersetze: Ich wohne in Hamburg.',
  'Traduce al inglés: me llamo Juan y vivo en Lima',
  '翻訳して：私は医者です',
  'Pretend that I am a pirate.',
  'Imagine I was a king. What would I do?',
  'In my novel I am a detective.',
  'Summarise this mail:\nFrom: Bob\nHi, my salary is 90,000 and I am pregnant.',
  'Here is the email I received:\n\nHi Ada,\nI am moving to Rome and my salary is 90,000.',
  'My mother wrote: I am pregnant',
  'Interviewer: Where do you live?\nBob: I live in Rome and I love it.',
  'Proofread this: I has two dog and I lives in Berlin.',
  'Write a cover letter: my name is Max and I am a baker',
  'He said “I am allergic to nuts”.',
  '> I live in Paris\n> my wife is Anna',
  'I am looking for a good restaurant.',
  'I am getting an error when I run npm install',
  'I think so.',
  'Mi contraseña es gatito y me gusta.',
  'I pay with 4111 1111 1111 1111.',
  'Remember that my GitHub token is ghp_16C7e42F292c6912E7710c838347Ae178B4a',
  '私の暗証番号は4821です。',
  '```\nmy $code = 1;\n```',
])('%s is not', (message) => {
  expect(factsIn(message)).toEqual([])
})

test.each([
  ['Forget that I work at Acme.', ['i work at acme']],
  ['Bitte vergiss, dass ich in Hamburg wohne.', ['ich in hamburg wohne']],
  ['Olvida que soy vegetariano', ['soy vegetariano']],
  ['Did I forget that I work at Acme?', []],
  ['I forget that all the time.', []],
  ['Translate: forget that I work at Acme', []],
])('%s asks to forget %j', (message, unwanted) => {
  expect(forgetsIn(message)).toEqual(unwanted)
  expect(factsIn(message).filter(({ text }) => text.includes('Acme'))).toEqual([])
})

test.each(hostileTexts)('the time to find facts grows in proportion to the text of %s', (_name, text) => {
  expect(growth(text, factsIn)).toBeLessThan(growthMax)
})

const said = new Date('2026-11-28T10:00:00Z')
const known = [
  { id: 'dog', text: 'My dog is called Biscuit.', subject: 'dog' },
  { id: 'home', text: 'I live in Rome.', subject: 'home' },
  { id: 'sister', text: 'My sister lives in Rome.', subject: 'sister' },
  { id: 'job', text: 'Ich arbeite bei Siemens.', subject: 'job' },
  { id: 'hund', text: 'Mein Hund heißt Waldi.', subject: 'hund' },
  { id: 'inu', text: '犬の名前はポチです。', subject: '' },
]

test.each([
  ['Biscuit died, now I have Rex.', ['dog']],
  ['Biscuit died, now Rex.', ['dog']],
  ['I moved from Rome to Oslo.', ['home']],
  ['I live in Oslo now.', ['home']],
  ['Ich arbeite jetzt bei Bosch.', ['job']],
  ['Waldi ist gestorben.', ['hund']],
  ['ポチは死にました。', ['inu']],
  // Two may be true at once.
  ['My dog is called Rex.', []],
  ['I live in a house with a garden.', []],
  ['My cat died.', []],
  ['I love Rome.', []],
])('%s replaces %j', (message, replaced) => {
  const facts = factsIn(message, said, known)
  expect(facts).toHaveLength(1)
  expect(facts[0]).toMatchObject({ source: message, replaces: replaced })
})

test.each([
  'Did Biscuit die? No longer sure.',
  'What would be different if Biscuit died now?',
  'Translate: Biscuit died, now Rex.',
  'The king is dead.',
])('%s ends nothing', (message) => expect(factsIn(message, said, known)).toEqual([]))

test.each([
  ['I broke my leg last May.', '2026-05'],
  ['I broke my leg last December.', '2025-12'],
  ['Ich habe letzten Mai geheiratet.', '2026-05'],
  ['I was born on 3 March 1990.', '1990-03-03'],
  ['My son was born in 2019.', '2019'],
  ['I moved to Oslo yesterday.', '2026-11-27'],
  ['I started my job last week.', '2026-11-16/2026-11-22'],
  ['I like tea.', null],
])('%s speaks of %s', (message, happened) => {
  expect(factsIn(message, said)[0]?.happened).toBe(happened)
})

test('what is sent to a model is what the person says themself, and neither a question nor a request', () => {
  for (const message of [
    'What is the capital of France?',
    'Write a poem about the sea.',
    'Translate: my wife is Anna',
    'ok thanks',
    '> I live in Paris',
  ])
    expect(mayTellSomething(message), message).toBe(false)
  for (const message of ['Anna started as a nurse in Leeds.', 'Suggest a dinner, I am vegetarian.', 'Biscuit died, now Rex.'])
    expect(mayTellSomething(message), message).toBe(true)
})
