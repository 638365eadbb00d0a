import { expect, test } from 'vitest'
import { letterOf } from './letter.ts'

test('a name that is markup stays a name, in both forms', () => {
  const { text, html } = letterOf({
    subject: 'A <b>subject</b>',
    paragraphs: ['<script>alert(1)</script> & "Ann" has invited you.'],
    link: { label: 'Come in', url: 'https://j.example.org/sign-up#invitation=a"b' },
  })
  expect(text).toBe('<script>alert(1)</script> & "Ann" has invited you.\n\nCome in:\nhttps://j.example.org/sign-up#invitation=a"b\n\n— Jarvis')
  expect(html).toContain('<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;Ann&quot; has invited you.</p>')
  expect(html).toContain('href="https://j.example.org/sign-up#invitation=a&quot;b"')
  expect(html).not.toMatch(/<script|<b>|src=/)
})
