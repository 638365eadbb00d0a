import { foldKeepingCase } from './reading/fold.ts'
import { joinSpacedLetters, unleet } from './reading/respell.ts'

/** A part of a text that must not be shown again. `kind` is a word for a person. */
export type Secret = { start: number; end: number; kind: SecretKind }
export type SecretKind = 'card number' | 'bank account' | 'key' | 'password' | 'PIN'

const cardCandidate = /(?<![\d+])\d(?:[ -]?\d){12,18}(?!\d)/gu
/** The digits of an id pass for a card's once in a thousand. */
const uuid = /(?<![\da-f])[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}(?![\da-f])/giu
const ibanCandidate = /(?<![\p{L}\p{N}])[A-Z]{2}\d{2}(?: ?[A-Z\d]){11,30}(?![\p{L}\p{N}])/gu
/** What those who issue keys begin them with, so that they are found. */
const keyWithPrefix =
  /(?<![\p{L}\p{N}])(?:gh[pousr]_[A-Za-z\d]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,255}|[sr]k[-_][\w-]{16,255}|whsec_[\w+/=]{16,255}|xox[abeprs]-[\w-]{10,255}|(?:AKIA|ASIA)[A-Z\d]{16}|AIza[\w-]{30,60}|ya29\.[\w-]{20,255}|npm_[A-Za-z\d]{30,60}|pypi-[\w-]{20,255}|hf_[A-Za-z\d]{20,60}|SG\.[\w-]{16,64}\.[\w-]{16,64}|AGE-SECRET-KEY-1[A-Z\d]{40,80}|jvs?_[\w-]{20,255}|eyJ[\w-]{8,2000}\.[\w-]{8,4000}\.[\w-]{8,1000})/gu
const pem = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/gu
const pemEnd = /-----END [A-Z ]{0,40}PRIVATE KEY-----/u
const addressWithPassword = /(?<=:\/\/[^\s/:@]{1,64}:)[^\s/@]{3,128}(?=@)/gu
const longToken = /(?<![\w+/=.-])[\w+/-]{20,256}={0,2}(?![\w+/=])/gu

const pinLabel =
  /(?<!\p{L})(?:pin|cvv|cvc|cvc2|cvv2|pin[ -]?code|code pin|geheimzahl|пин|пин-код|पिन|الرقم السري)(?!\p{L})|暗証番号|密码|密碼|비밀번호|암호/giu
const passwordLabel =
  /(?<!\p{L})(?:pass ?(?:word|phrase|code)s?|passwor[td]e?|kennwort|contrase[ñn]as?|clave|mots? de passe|code secret|senha|palavra[- ]passe|parola|wachtwoord|has[łl]o|[şs]ifre\p{L}{0,6}|парол\p{L}{1,3}|lösenord|adgangskode|salasana|mật khẩu|पासवर्ड|token|secret|api[ _-]?key|access[ _-]?key|geheimnis|كلمة (?:السر|المرور))(?!\p{L})|パスワード|密码|密碼|口令|비밀번호|암호|סיסמ[הא]|รหัสผ่าน/giu
/** What may stand between such a word and its value; what comes after it is a value by its shape. */
const link =
  /(?:[:=：→]|\s(?:is|was|are|ist|lautet|war|es|era|est|è|é|e|jest|to|brzmi|är|er|on|är|staat|это|—|–|-|है|هو|هي|คือ|là)\s|は|が|是|为|為|은|는|이|가)[\s"'`«“„‘「『]{0,3}$/iu
const value = /[!-~]{3,128}/gu
const afterLabelMax = 60

/**
 * Card numbers, bank accounts, keys and passwords, found by what they look like themselves: check digits, prefixes, randomness; and, where only
 * a word before them says what they are, by their shape after that word; also where a word is spelled oddly, or letters pass for others.
 * In order, without overlaps.
 */
export function secretsIn(text: string): Secret[] {
  const found = viewsOf(text)
    .flatMap((view) => secretsOf(view.text).map(({ start, end, kind }) => ({ start: view.origin(start), end: view.origin(end), kind })))
    .toSorted((a, b) => a.start - b.start || b.end - a.end)
  const apart: Secret[] = []
  for (const secret of found) if (secret.start >= (apart.at(-1)?.end ?? 0)) apart.push(secret)
  return apart
}

/** A reading of a text; `origin` is where in the text an offset of it came from. */
type View = { text: string; origin: (at: number) => number }

const spacedLettersMin = 3

/** The text as it stands; without look-alikes, accents and what cannot be seen; and with the letters of a word brought together. */
function viewsOf(text: string): View[] {
  const views: View[] = [{ text, origin: (at) => at }]
  const plain = foldKeepingCase(text)
  if (plain.text !== text) views.push(plain)
  const lower = plain.text.toLowerCase()
  const runs = joinSpacedLetters(lower, spacedLettersMin)
  if (runs.length > 0) views.push(joined(plain, runs))
  const respelled = unleet(lower)
  if (respelled !== undefined) views.push(...respelledLabels(plain, respelled))
  return views
}

function joined(view: View, runs: readonly { text: string; start: number; end: number }[]): View {
  let text = ''
  let from = 0
  const origins: number[] = []
  const copy = (to: number) => {
    for (; from < to; from++) {
      text += view.text[from]!
      origins.push(from)
    }
  }
  for (const run of runs) {
    copy(run.start)
    text += run.text
    for (let at = 0; at < run.text.length; at++) origins.push(run.start + Math.floor((at * (run.end - run.start)) / run.text.length))
    from = run.end
  }
  copy(view.text.length)
  return { text, origin: (at) => view.origin(origins[at] ?? view.text.length) }
}

/** The value after a word in figures ("p4ssw0rd") is kept as it is: each such word alone is read as what it says. */
function respelledLabels({ text, origin }: View, respelled: string): View[] {
  return [...respelled.matchAll(passwordLabel)].map(({ 0: word, index }) => {
    const end = index + word.length
    return { text: text.slice(0, index) + word + text.slice(end), origin }
  })
}

function secretsOf(text: string): Secret[] {
  return [
    ...valuesOf(
      text.replaceAll(uuid, (id) => 'x'.repeat(id.length)),
      cardCandidate,
      'card number',
      isCardNumber,
    ),
    ...valuesOf(text, ibanCandidate, 'bank account', isBankAccount),
    ...valuesOf(text, keyWithPrefix, 'key', (key) => /[\dA-Z_-]/u.test(key.slice(4))),
    ...privateKeysIn(text),
    ...valuesOf(text, addressWithPassword, 'password', () => true),
    ...valuesOf(text, longToken, 'key', isRandom),
    ...labelled(text, pinLabel, 'PIN', (word) => /^\d{3,8}$/u.test(word)),
    ...labelled(text, passwordLabel, 'password', looksLikePassword),
  ]
}

/** The text with each secret replaced by what kind it was. */
export function maskSecrets(text: string): string {
  let masked = ''
  let from = 0
  for (const { start, end, kind } of secretsIn(text)) {
    masked += `${text.slice(from, start)}[${kind}]`
    from = end
  }
  return from === 0 ? text : masked + text.slice(from)
}

/** Whether it speaks of a password or PIN at all, in any of the languages above. */
export const namesSecret = (text: string): boolean =>
  viewsOf(text).some((view) => [pinLabel, passwordLabel].some((label) => view.text.search(label) >= 0))

const valuesOf = (text: string, pattern: RegExp, kind: SecretKind, isOne: (value: string) => boolean): Secret[] =>
  [...text.matchAll(pattern)].flatMap(({ 0: match, index }) => (isOne(match) ? [{ start: index, end: index + match.length, kind }] : []))

function privateKeysIn(text: string): Secret[] {
  return [...text.matchAll(pem)].map(({ 0: begin, index }) => {
    const rest = text.slice(index + begin.length)
    const end = pemEnd.exec(rest)
    return { start: index, end: index + begin.length + (end ? end.index + end[0].length : rest.length), kind: 'key' }
  })
}

function labelled(text: string, label: RegExp, kind: SecretKind, isValue: (word: string) => boolean): Secret[] {
  const found: Secret[] = []
  for (const { 0: word, index } of text.matchAll(label)) {
    const from = index + word.length
    const [clause = ''] = text.slice(from, from + afterLabelMax).split(/[.?。！？](?=\s|$)|\n/u, 1)
    for (const { 0: candidate, index: at } of clause.matchAll(value)) {
      const trimmed = candidate.replace(/^[:=("'`]{1,4}/u, '')
      const start = from + at + candidate.length - trimmed.length
      const plain = trimmed.replace(/[)"'`,;.]{1,4}$/u, '')
      const before = text.slice(from, start)
      const isLinked = /^[\s"'`]*$/u.test(before) || link.test(before)
      if (isLinked && (isValue(plain) || (/[:=：]\s{0,2}["'`«]?$/u.test(before) && kind === 'password' && plain.length >= 4))) {
        found.push({ start, end: start + plain.length, kind })
        break
      }
    }
  }
  return found
}

function looksLikePassword(word: string): boolean {
  if (word.length < 4) return false
  const classes = [/[a-z]/u, /[A-Z]/u, /\d/u, /[^\p{L}\d]/u].filter((one) => one.test(word)).length
  return /^\d{4,}$/u.test(word) || (classes >= 2 && (/\d/u.test(word) || /[!@#$%^&*+=~|]/u.test(word) || classes >= 3))
}

function isCardNumber(candidate: string): boolean {
  const digits = candidate.replace(/\D/gu, '')
  if (!/^(?:3[0-9]|4|5[0-9]|6|2[2-7])/u.test(digits) || new Set(digits).size === 1) return false
  let sum = 0
  for (let at = 0; at < digits.length; at++) {
    const doubled = Number(digits[digits.length - 1 - at]) * (at % 2 === 1 ? 2 : 1)
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

function isBankAccount(candidate: string): boolean {
  const plain = candidate.replaceAll(' ', '')
  if (plain.length < 15 || plain.length > 34) return false
  let rest = 0
  for (const character of plain.slice(4) + plain.slice(0, 4)) {
    const digits = String(Number.parseInt(character, 36))
    for (const digit of digits) rest = (rest * 10 + Number(digit)) % 97
  }
  return rest === 1
}

const bitsPerCharacterMin = 3.5

/** Letters of both cases and digits without any order: what a program made. Words joined by hyphens, paths and ids are not. */
function isRandom(token: string): boolean {
  if (![/[a-z]/u, /[A-Z]/u, /\d/u].every((one) => one.test(token)) || /^[\da-f-]+$/iu.test(token)) return false
  const counts = new Map<string, number>()
  for (const character of token) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / token.length) * Math.log2(count / token.length)
  // In what people name, digits stand together and words are long.
  const turns = token.match(/[a-z](?=[A-Z\d])|[A-Z](?=\d)|\d(?=[A-Za-z])/gu)?.length ?? 0
  return bits >= bitsPerCharacterMin && turns >= token.length / 6
}
