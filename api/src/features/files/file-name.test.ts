import { expect, test } from 'vitest'
import { fileNameOf } from './file-name.ts'

test.each([
  ['report.pdf', 'report.pdf'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\ada\\tides.csv', 'tides.csv'],
  ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
  ['a\u0000b\r\nc.txt', 'abc.txt'],
  ['  spaced .md ', 'spaced .md'],
  ['..', 'file'],
  ['', 'file'],
  [undefined, 'file'],
  ['\ud800x.txt', '\ufffdx.txt'],
  ['日本語の報告.docx', '日本語の報告.docx'],
  [`${'a'.repeat(300)}.pdf`, `${'a'.repeat(196)}.pdf`],
])('%j is shown as %j', (sent, shown) => {
  expect(fileNameOf(sent)).toBe(shown)
})
