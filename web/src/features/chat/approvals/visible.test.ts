import { expect, test } from 'vitest'
import { visible } from './visible.ts'

test.each([
  ['pay alice', 'pay alice'],
  ['pay \u202Eecila\u202C', 'pay ⟨U+202E⟩ecila⟨U+202C⟩'],
  ['a\u200Bb\u{E0041}', 'a⟨U+200B⟩b⟨U+E0041⟩'],
  ['two\nlines\r', 'two\nlines⟨U+000D⟩'],
  ['a\u2800b\u034Fc\u00A0d\uFE0Fe', 'a⟨U+2800⟩b⟨U+034F⟩c⟨U+00A0⟩d⟨U+FE0F⟩e'],
  ['a\u3164b\u2003c\u3000d\u180Be\u{E0100}f\uE000g\uD800', 'a⟨U+3164⟩b⟨U+2003⟩c⟨U+3000⟩d⟨U+180B⟩e⟨U+E0100⟩f⟨U+E000⟩g⟨U+D800⟩'],
  ['Zoë schrieb: "naïve – 10 €" 你好 привет', 'Zoë schrieb: "naïve – 10 €" 你好 привет'],
  ['p\u0430yp\u0430l.com', 'p⟨U+0430⟩yp⟨U+0430⟩l.com'],
  ['\u0455\u0441\u043E\u0440\u0435 and scope', '⟨U+0455⟩⟨U+0441⟩⟨U+043E⟩⟨U+0440⟩⟨U+0435⟩ and scope'],
  ['ｅｖｉｌ and 𝐞𝐯𝐢𝐥', '⟨U+FF45⟩⟨U+FF56⟩⟨U+FF49⟩⟨U+FF4C⟩ and ⟨U+1D41E⟩⟨U+1D42F⟩⟨U+1D422⟩⟨U+1D425⟩'],
  ['https:\u2215\u2215a.test\u2044b', 'https:⟨U+2215⟩⟨U+2215⟩a.test⟨U+2044⟩b'],
  ['a\u05BCb rm \u05BC-rf', 'a⟨U+05BC⟩b rm ⟨U+05BC⟩-rf'],
  ['\u0301x 5\u0301 -\u0E31 .\u093C', '⟨U+0301⟩x 5⟨U+0301⟩ -⟨U+0E31⟩ .⟨U+093C⟩'],
  ['evil\u0307.com a\u064Eb n\u0E34', 'evil⟨U+0307⟩.com a⟨U+064E⟩b n⟨U+0E34⟩'],
  ['i\u0307d j\u0307 o\u0363 a\u0489 b\u1AB0 c\u20DD d\uFE20', 'i⟨U+0307⟩d j⟨U+0307⟩ o⟨U+0363⟩ a⟨U+0489⟩ b⟨U+1AB0⟩ c⟨U+20DD⟩ d⟨U+FE20⟩'],
  ['a\u{1D159}b\uFFFCc\u{13441}', 'a⟨U+1D159⟩b⟨U+FFFC⟩c⟨U+13441⟩'],
  ['a‚b and ‚so‘', 'a⟨U+201A⟩b and ‚so‘'],
  ['Webサーバー 第一 一 二 Tーシャツ', 'Webサーバー 第一 一 二 Tーシャツ'],
  ['\u05D0\u064E \u0628\u05BC', '\u05D0⟨U+064E⟩ \u0628⟨U+05BC⟩'],
])('nothing hides: %j reads %j', (text, shown) => expect(visible(text)).toBe(shown))

/** Each non-ASCII character of these, and no other. */
const allWritten = (text: string) =>
  Array.from(text, (character) =>
    character > '\x7F' ? `⟨U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}⟩` : character,
  ).join('')

test.each([
  'раура1.com',
  'ev丨l.com',
  'rm 一rf',
  'rm ーー no',
  'aㅡb',
  'соса2024',
  'х.evil.com',
  'ео.com',
  'rm -а',
  'rm а b',
  '{"to":"со"}',
  'а',
  'со со',
  'ο',
  'օոս',
  'ᴏᴜᴛ',
  'ᗪIᖇ',
  'ɡoogle',
  'ıs',
  'ꓝꓲꓡꓰ',
  'Ꮯ',
  'וס',
  'اه',
  'ѕϲоре',
  'g٥٥gle',
  'test̸',
  'a;',
  'a；b',
  'a＠b',
  'a：b',
  'ls ？',
  'a﹒b',
  'a﹕b',
  '﹣rf',
  'a％b',
  'a＼b',
  'a＆b',
  '＄HOME',
  'a｜b',
  '＜a',
  '＂a',
  '＇a',
  '｀a',
  '＊',
  '（a',
  'rm ∗',
  'a∖b',
  'aǀb',
  'a│b',
  'rm –rf',
  '⁃rf',
  'evil｡com',
  'evil。com',
  'ａ。com',
  'ﬁle',
  'e̵xit',
  'a̸b',
  'a×b',
  'ノetc',
  '‹a›',
  'a՝',
  '"–"',
  'say ′x′',
])('what passes for ASCII is written out: %s', (text) => expect(visible(text)).toBe(allWritten(text)))

test('only what passes for another is written out of a word of its own letters', () => {
  expect(visible('naïve nаïve')).toBe('naïve n⟨U+0430⟩ïve')
  expect(visible('раура.рф, раура и αвс')).toBe('раура.рф, раура и ⟨U+03B1⟩в⟨U+0441⟩')
  expect(visible('"х"\nфайл 例。com')).toBe('"⟨U+0445⟩"\nфайл 例⟨U+3002⟩com')
  expect(visible('使用ｃurl：a')).toBe('使用⟨U+FF43⟩url⟨U+FF1A⟩a')
})

test.each([
  ['Russian', 'Я пошёл с ней в сад, а она — к реке; «рассрочка» и роса: 3×4 м², 10–20 %, № 5.'],
  ['Ukrainian', 'Ще не вмерла України і слава, і воля; сьогодні о шостій.'],
  ['Serbian', 'Љубав је као вода, а река тече.'],
  ['Greek', 'Ο ρόλος του ανθρώπου και η ζωή· ό,τι θέλεις.'],
  ['Japanese', '会議は10時（東京）からです。ノートを「机の上」に置いた：本当？はい！雪 ノ 道、コーヒー。'],
  ['Chinese', '请打开设置：第一，检查网络；第二，使用API（应用）重启？好！二〇二四年。'],
  ['Korean', '안녕하세요, 회의는 3시입니다.'],
  ['Arabic', 'مرحبا، هذا لا يعني شيئا؛ أو ه هنا ٢٠٢٤؟'],
  ['Hebrew', 'שלום, זו לא סוס־ים ז׳ורנל.'],
  ['pointed Hebrew', 'בְּרֵאשִׁית בָּרָא אֱלֹהִים שָׁלוֹם'],
  ['vowelled Arabic', 'بِسْمِ اللَّهِ الرَّحْمَٰنِ ـَ'],
  ['Sanskrit', 'अ॒ग्निमी॑ळे पु॒रोहि॑तं'],
  ['Bengali', 'আমার সোনার বাংলা'],
  ['Tamil', 'தமிழ் மொழி'],
  ['Gujarati', 'ગુજરાતી ભાષા'],
  ['Burmese', 'မြန်မာဘာသာ'],
  ['Khmer', 'ភាសាខ្មែរ'],
  ['Tibetan', 'བོད་སྐད་'],
  ['Thai with tones', 'น้ำที่นี่ดีมาก เก่ง'],
  ['Russian with stress', 'за\u0301мок и замо\u0301к, и\u0306'],
  ['decomposed French, Vietnamese, Yoruba and Guarani', 'e\u0301te\u0301 Nguye\u0302\u0303n ẹ\u0301 g\u0303'],
  ['Hindi', 'नमस्ते, यह ठीक है। दुःख।'],
  ['Thai', 'ใช้APIนี้ได้'],
  ['Armenian', 'Բարև ձեզ, ինչպես եք:'],
  ['Turkish', 'Işık çağrısı'],
  ['Vietnamese', 'Tôi ở đường Nguyễn Huệ, ơn trời.'],
  ['Danish', 'Æblet på øen, Œuvre, Þór, straße, ħobż, łódź'],
  ['French', '« L’été », dit-elle… “oui” ™ ½ 20 °C – bon'],
])('a text in %s stays as it is', (_language, text) => expect(visible(text)).toBe(text))

test('a long text is read in proportion to its length', () => {
  const text = 'а шу со '.repeat(40_000)
  expect(visible(text)).toHaveLength(text.length)
})
