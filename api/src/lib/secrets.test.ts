import { expect, test } from 'vitest'
import { maskSecrets, namesSecret, secretsIn } from './secrets.ts'

const kindsIn = (text: string) => secretsIn(text).map(({ kind, start, end }) => `${kind}: ${text.slice(start, end)}`)

test.each([
  ['My card is 4111 1111 1111 1111, valid to 12/27', 'card number: 4111 1111 1111 1111'],
  ['Karte 5555-5555-5555-4444', 'card number: 5555-5555-5555-4444'],
  ['amex 378282246310005', 'card number: 378282246310005'],
  ['Mein Konto: DE89 3704 0044 0532 0130 00 bei der Bank', 'bank account: DE89 3704 0044 0532 0130 00'],
  ['GB82WEST12345698765432', 'bank account: GB82WEST12345698765432'],
  ['use ghp_16C7e42F292c6912E7710c838347Ae178B4a please', 'key: ghp_16C7e42F292c6912E7710c838347Ae178B4a'],
  ['sk-proj-abcdefghijklmnop1234567890', 'key: sk-proj-abcdefghijklmnop1234567890'],
  ['id AKIAIOSFODNN7EXAMPLE', 'key: AKIAIOSFODNN7EXAMPLE'],
  ['wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1', 'key: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1'],
  ['postgres://jarvis:hunter2x@db.example/x', 'password: hunter2x'],
  ['My PIN is 4821.', 'PIN: 4821'],
  ['PIN for the blue card: 4821', 'PIN: 4821'],
  ['Meine Geheimzahl lautet 9931', 'PIN: 9931'],
  ['My password is hunter2 and nobody knows it.', 'password: hunter2'],
  ['Password: correcthorse', 'password: correcthorse'],
  ['Mein Passwort ist Sommer2024!', 'password: Sommer2024!'],
  ['Mi contraseña es gato77', 'password: gato77'],
  ['mot de passe : soleil9', 'password: soleil9'],
  ['A minha senha é Porto_88', 'password: Porto_88'],
  ['La mia parola d’ordine, password: ciao1234', 'password: ciao1234'],
  ['Wachtwoord: fiets12', 'password: fiets12'],
  ['Moje hasło to Kot#12', 'password: Kot#12'],
  ['Мой пароль: zima2020', 'password: zima2020'],
  ['Şifrem: kedi1907', 'password: kedi1907'],
  ['パスワードはneko8899です', 'password: neko8899'],
  ['暗証番号は4821です', 'PIN: 4821'],
  ['我的密码是abc12345', 'password: abc12345'],
  ['비밀번호는 4821입니다', 'PIN: 4821'],
  ['पासवर्ड: billi123', 'password: billi123'],
  ['كلمة المرور: qitta55', 'password: qitta55'],
])('%s', (text, secret) => {
  expect(kindsIn(text)).toEqual([secret])
  expect(maskSecrets(text)).not.toContain(secret.slice(secret.indexOf(': ') + 2))
})

test.each([
  ['My pаsswоrd is hunter2', 'hunter2'],
  ['Mу раѕѕword: hunter22', 'hunter22'],
  ['p a s s w o r d: hunter2', 'hunter2'],
  ['My P.a.s.s.w.o.r.d is hunter2', 'hunter2'],
  ['pass\u00adword: correcthorse', 'correcthorse'],
  ['pa\u200bss\u200bword is Sommer2024!', 'Sommer2024!'],
  ['ｐａｓｓｗｏｒｄ: hunter2', 'hunter2'],
  ['pásswörd: hunter2', 'hunter2'],
  ['My p4ssw0rd is hunter2', 'hunter2'],
  ['p i n: 4821', '4821'],
  ['My card is ４１１１ 1111 1111 1111', '４１１１ 1111 1111 1111'],
  ['use ghp\u200b_16C7e42F292c6912E7710c838347Ae178B4a please', 'ghp\u200b_16C7e42F292c6912E7710c838347Ae178B4a'],
])('in disguise: %s', (text, secret) => {
  expect(secretsIn(text).map(({ start, end }) => text.slice(start, end))).toEqual([secret])
  expect(maskSecrets(text)).not.toContain(secret)
})

test('a private key is masked to its end', () => {
  expect(maskSecrets('a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb')).toBe('a\n[key]\nb')
})

test.each([
  'My phone number is +49 30 1234567890123',
  'Order 4111 1111 1111 1112 arrives on Friday',
  'I changed my password yesterday.',
  'The password must have eight characters.',
  'A pin is small; PIN codes were invented in 1966.',
  'See https://example.com/a/very/long/path/ThatGoes/On2024/and-on',
  'The run is 0197f3b2-7c1e-7d50-9a52-3f6d2a1b9c0e, commit 6e323ddaf00e1b2c3d4e5f60718293a4b5c6d7e8',
  ...['d3f7cf32-6942-4548-9044-91e5d8f25407', 'f6530003-5878-47dd-9cdd-e412a6746f06', '02147be2-249c-4e1b-b279-6098513360b2'].map(
    (id) => `Its id is ${id}`,
  ),
  'const createConversationListFromMessages2 = 1',
  'I pay with my card at Café Central2024.',
  'Mein Hund heißt Rex und ich wohne in Hamburg.',
  '私の犬はポチです。',
  'I work at S A P, in team a b c d',
  'Мой пароход стоит в порту 2020',
  'Our pass is the Gotthard',
])('%s is no secret', (text) => {
  expect(kindsIn(text)).toEqual([])
  expect(maskSecrets(text)).toBe(text)
})

test('what speaks of a password is known in ten languages', () => {
  for (const text of [
    'my password',
    'Mein Passwort',
    'mi contraseña',
    'mot de passe',
    'minha senha',
    'hasło',
    'пароль',
    'パスワード',
    '密码',
    '비밀번호',
  ])
    expect(namesSecret(text), text).toBe(true)
  expect(namesSecret('I love spinning')).toBe(false)
})
