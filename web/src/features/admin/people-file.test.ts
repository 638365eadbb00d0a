import { expect, test } from 'vitest'
import { peopleIn } from './people-file.ts'

const ada = { row: 2, email: 'ada@example.org', name: '', role: '', plan: '' }
const utf16 = (text: string) => Uint8Array.from([0xff, 0xfe, ...Array.from(text, (letter) => [letter.charCodeAt(0), 0]).flat()])

test.each<[string, BlobPart, unknown]>([
  ['only addresses', 'email\nada@example.org\n', [ada]],
  ['a mark, semicolons and CRLF', '\uFEFFName;E-Mail;Plan\r\nAda;ada@example.org;pro\r\n', [{ ...ada, name: 'Ada', plan: 'pro' }]],
  ['tabs', 'role\temail\nadmin\tada@example.org', [{ ...ada, role: 'admin' }]],
  [
    'quotes around a comma, a quote and a line',
    'email,name,note\n"ada@example.org","Lovelace, ""Ada""","two\nlines"\ngrace@example.org,Grace,\n',
    [
      { ...ada, name: 'Lovelace, "Ada"' },
      { ...ada, row: 3, email: 'grace@example.org', name: 'Grace' },
    ],
  ],
  ['empty rows, which are counted', 'email,role\n,\n\nada@example.org,user\n', [{ ...ada, row: 4, role: 'user' }]],
  ['a row that is short', 'name,email,role,plan\nAda,ada@example.org', [{ ...ada, name: 'Ada' }]],
  [
    'the letters of Western Europe',
    Uint8Array.from([...Buffer.from('name;email\nAd'), 0xe4, ...Buffer.from(';ada@example.org')]),
    [{ ...ada, name: 'Adä' }],
  ],
  ['UTF-16', utf16('email;name\nada@example.org;Adä'), [{ ...ada, name: 'Adä' }]],
  ['NUL and half a character', 'email,name\nada@example.org,A\u0000da', [{ ...ada, name: 'Ada' }]],
  ['no column of addresses', 'name,role\nAda,user\n', 'no_email'],
  ['only a header', 'email,role\n', 'no_rows'],
  ['nothing', '', 'no_email'],
  ['a quote that is never closed', 'email,name\nada@example.org,"Ada\ngrace@example.org,Grace', 'open_quote'],
  ['too many', `email\n${'ada@example.org\n'.repeat(2001)}`, 'too_many'],
  ['as many as may be', `email\n${'ada@example.org\n'.repeat(2000)}`, expect.objectContaining({ length: 2000 })],
  ['too much', 'x'.repeat(1_000_001), 'too_big'],
])('a file with %s', async (_what, content, expected) => {
  expect(await peopleIn(new Blob([content]))).toEqual(expected)
})
