import { wordsOf } from './words.ts'

/** What people say about themselves, by the words that they say and ask it with: a question about a job is answered by "I start as a nurse". */
const topics = `
job work career profession living occupation employer boss colleague office interview hired promotion promoted offer salary shift company position nurse teacher doctor engineer lawyer chef waiter manager accountant designer developer programmer translator plumber carpenter electrician baker barista journalist librarian firefighter intern freelance beruf arbeit arbeite stelle vertrag firma kollegen chef ausbildung trabajo trabaja profesión empleo puesto contrato oficina métier travail travaille emploi poste contrat praca pracuję zawód zawodu etat szef lavoro mestiere trabalho emprego profissão работа работаю профессия 仕事 働 職業 初日 工作 职业
home live house apartment flat city town move moved relocate neighborhood address rent landlord mortgage unpack boxes van country hometown born wohnen wohnt umgezogen umzug gezogen zuhause wohnung kisten vive vivimos mudamos mudó mudanza ciudad barrio cajas habite habitons déménagé emménagé ville cartons mieszka mieszkamy przeprowadza przeprowadziliśmy miasto kartony abito città trasloco moro cidade живу город переехал 住 引っ越 引っ越し 箱 住在 搬家
pet dog cat puppy kitten animal vet leash adopt rescue parrot rabbit hamster fish breed paw hund haustier welpe katze perro mascota cachorro gato chien chiot animal pies psa szczeniak wabi kot cane gatto cachorro собака кошка щенок 犬 子犬 ペット 猫 狗 宠物
sibling sister brother twin family parent mother father mom dad mum grandma grandpa grandmother grandfather aunt uncle cousin niece nephew son daughter kid child baby husband wife spouse schwester bruder geschwister kind mutter vater hermana hermano bebé sœur frère bébé mère siostra brat dziecko sorella fratello irmã irmão сестра брат 妹 弟 姉 兄 赤ちゃん
allergic allergy intolerance rash swell swollen itch throat avoid peanuts shellfish gluten lactose pollen reaction allergisch verträgt ausschlag schwillt alérgica alérgico hincha garganta sarpullido evitar allergique gorge gonfle plaques aliment uczulenie puchnie wysypkę jeść allergico аллергия アレルギー 食べ 喉 腫れ かゆく 过敏
hobby class lesson course pastime evening spare free learn learning practise practice paint painting pottery knitting chess dance dancing yoga photography gardening climbing fencing archery sewing freizeit lerne lernt kurs angemeldet afición clases aprende apunté tardes loisir cours apprend guitare zajęcia kurs kursie uczy corso impara curso хобби курс учу 趣味 習 爱好
ill illness sick fever flu cold cough doctor hospital pneumonia bronchitis infection surgery diagnosed symptoms recover medicine prescription injury injured broke ankle
travel trip holiday vacation abroad flight hike hiking trail beach camping tour visit visited itinerary passport hotel airport cruise roadtrip urlaub ferien reise gereist gewandert zurück viaje viajó vacaciones volver caminamos voyage voyagé vacances randonné rentre wakacje podróż viaggio vacanze viagem férias отпуск поездка 旅行 旅
car vehicle drive driving truck bike motorcycle dealer garage mechanic engine license
wedding married marry marriage ceremony engaged engagement fiance fiancee bride groom proposal proposed anniversary honeymoon knot divorce divorced
instrument guitar piano violin cello drums flute ukulele trumpet saxophone banjo band orchestra choir strings concert song music musical gig
book novel read reading author chapter library story poem poetry pages finished
movie film cinema series show watch watched actor director episode documentary theater
food dish cook cooking recipe bake baking dinner lunch breakfast meal kitchen cuisine restaurant vegetarian vegan favourite favorite cake soup
race run running marathon triathlon medal knees finish mile kilometer training trained swim swimming cycling
sport team soccer football basketball volleyball hockey tennis baseball coach practice match game season
study thesis degree university college research dissertation major exam graduate graduated school semester scholarship professor defended
afraid fear scared phobia panic terrified anxious anxiety nervous
relax stress calm calms cope therapist therapy meditation journaling breathing unwind pressure
prize win won winning raffle lottery award contest competition trophy
volunteer charity shelter donate donation hospice foodbank helping fundraiser community
save saving saved money buy bought purchase afford budget spend price own
birthday born age old turned years
quit stop stopped stop gave up giving quit without
renovate renovation paint painted repaint room kitchen bathroom attic hallway wallpaper floor furniture
`

const groups = topics
  .trim()
  .split('\n')
  .map((line) => new Set(wordsOf(line)))
const groupsOf = new Map<string, number[]>()
for (const [group, words] of groups.entries()) for (const word of words) groupsOf.set(word, [...(groupsOf.get(word) ?? []), group])

/** The topics of words, each with how many of the words speak of it. */
export function topicsOf(words: readonly string[]): Map<number, number> {
  const found = new Map<number, number>()
  for (const word of new Set(words)) for (const group of groupsOf.get(word) ?? []) found.set(group, (found.get(group) ?? 0) + 1)
  return found
}
