import { expect, test } from 'vitest'
import { asksForPast } from './past.ts'

test.each([
  ['What did you find about the tides last week?', true],
  ['Where did I say that the spare key hangs?', true],
  ['Was hast du mir empfohlen? Du hast gesagt, es gäbe drei Wege.', true],
  ['¿Qué me dijiste del tren?', true],
  ['Qu’est-ce que tu as trouvé sur les marées ?', true],
  ['Co mi polecałeś na kolację?', true],
  ['Что ты нашёл о приливах?', true],
  ['前回話したホテルの名前は?', true],
  ['上次你说的那本书叫什么?', true],
  ['What is the best time of high water at Dover today?', false],
  ['Where does the spare key hang?', false],
  ['Search the web for the James Webb telescope', false],
  ['Wann fährt der nächste Zug nach Bremen?', false],
  ['明日の天気は?', false],
])('“%s” asks for what was said before: %s', (message, asks) => {
  expect(asksForPast(message)).toBe(asks)
})
