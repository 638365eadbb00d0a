/** `say` and `ask` use other words where people would; `{v}` is the value, `{n}` the speaker's name, and `lead` is what the other says before. */
type Fact = { say: string[]; ask: string[]; values: string[]; lead?: string[] }
export type Language = {
  names: string[]
  facts: Fact[]
  chat: string[]
  /** What the other says of the value, and a question that has the value in it. */
  echo: string[]
  when: string[]
}

const fact = (say: string, ask: string, values: string, lead = ''): Fact => ({
  say: say.split(' | '),
  ask: ask.split(' | '),
  values: values.split(', '),
  ...(lead && { lead: lead.split(' | ') }),
})

const english: Language = {
  echo: 'Wow, {v}! Tell me more about it. | {v}? I have never heard of anyone doing that, how did it go? | My uncle always talks about {v} too.'.split(
    ' | ',
  ),
  when: 'When did {n} talk about {v}? | What did {n} say about {v}? | When was {v} important for {n}?'.split(' | '),
  names: ['Anna', 'Marcus', 'Priya', 'Diego', 'Helen', 'Tomas', 'Joy', 'Victor'],
  facts: [
    fact(
      'We finally got a puppy, we named him {v}! | Guess what, there is a new dog in the house and his name is {v}.',
      "What is the name of {n}'s pet? | What did {n} call the dog?",
      'Biscuit, Rufus, Pepper, Nacho',
    ),
    fact(
      'I accepted the offer, so I will be working as a {v} from now on. | My first day as a {v} was exhausting but fun.',
      'What does {n} do for a living? | What is the job of {n}?',
      'nurse, surveyor, translator, pastry chef',
      'How are things at work? | Any news from your interviews?',
    ),
    fact(
      'We packed everything into a van and relocated to {v}. | The boxes are unpacked, {v} is home now.',
      'Where did {n} move to? | In which city does {n} live?',
      'Porto, Leipzig, Tucson, Galway',
    ),
    fact(
      "I can't have {v}, my throat swells up right away. | The doctor says no more {v} for me, I get a rash.",
      'What is {n} allergic to? | Which food does {n} have to avoid?',
      'peanuts, shellfish, strawberries, celery',
    ),
    fact(
      'I signed up for {v} classes and I love every minute. | Been spending my evenings on {v} lately.',
      'What hobby did {n} take up? | How does {n} spend free time?',
      'pottery, fencing, salsa, archery',
      'What have you been up to?',
    ),
    fact(
      'Honestly {v} in bed all day, the fever was awful. | I had {v} and the fever kept me home.',
      'What illness did {n} have? | Why was {n} sick at home?',
      'the flu, bronchitis, tonsillitis, pneumonia',
    ),
    fact(
      'My sister {v} just had her baby, I am an uncle or auntie at last! | {v}, my sister, came over with the little one.',
      "What is {n}'s sibling called? | Who is the sister of {n}?",
      'Clara, Beth, Nadia, Ingrid',
    ),
    fact(
      'I finished reading {v} and cried at the end. | {v} kept me up until three, such a good novel.',
      'Which book did {n} read? | What novel did {n} finish?',
      'Middlemarch, Beloved, Stoner, Kindred',
    ),
    fact(
      'Our trip to {v} was unreal, we hiked every single day. | Just back from {v}, my legs hurt from all the trails.',
      'Where did {n} go on holiday? | Which place did {n} travel to for hiking?',
      'Patagonia, the Dolomites, Madeira, Iceland',
      'You look tanned! Where were you?',
    ),
    fact(
      'I bought a used {v}, it is old but it drives. | The dealer gave me a good price for the {v}.',
      'What car does {n} have? | Which vehicle did {n} purchase?',
      'Volvo, Honda, Fiat, Subaru',
    ),
    fact(
      'The wedding is set: we tie the knot in {v}. | We picked {v} for the ceremony!',
      'When is {n} getting married? | In which month is the wedding of {n}?',
      'September, April, October, February',
    ),
    fact(
      'I play the {v} in a small band on Thursdays. | My {v} needs new strings or whatever, I practise too much.',
      'What instrument does {n} play? | Which musical instrument is {n} practising?',
      'cello, ukulele, mandolin, banjo',
    ),
    fact(
      'I have been off {v} for a year now and feel better. | No more {v} for me, I quit a year ago.',
      'What did {n} give up? | What did {n} stop consuming?',
      'sugar, alcohol, coffee, meat',
    ),
    fact(
      'I volunteer at the {v} every second Saturday. | Spent Saturday helping out at the {v} again.',
      'Where does {n} do charity work? | What kind of place does {n} volunteer at?',
      'animal shelter, food bank, hospice, library',
    ),
    fact(
      'My kid made the {v} team, I screamed in the stands! | Practice for the {v} team is killing my weekends, but my kid is so happy.',
      "What sport does {n}'s child do? | Which team is the son or daughter of {n} in?",
      'swimming, soccer, volleyball, hockey',
    ),
    fact(
      'I am saving up for a {v}, maybe next spring. | One day I will own a {v}, I put money aside every month.',
      'What is {n} planning to buy? | What is {n} saving money for?',
      'camper van, telescope, sailing boat, grand piano',
    ),
    fact(
      'My grandma taught me to cook {v} when I was little. | I made {v} tonight, the way my grandma did.',
      'Which dish did {n} learn from family? | What recipe does {n} have from a grandmother?',
      'pierogi, gumbo, lasagna, bibimbap',
    ),
    fact(
      'I ran the whole thing: {v} done and a medal to prove it! | My knees hate me after the {v}.',
      'Which race did {n} complete? | What running event did {n} take part in?',
      'half marathon, marathon, ten miler, triathlon',
      'How was Sunday?',
    ),
    fact(
      'I defended my thesis on {v}, they call me doctor now. | Four years on {v} and the thesis is finally accepted.',
      'What did {n} research? | What is the topic of the dissertation of {n}?',
      'coral reefs, medieval law, battery chemistry, bird migration',
    ),
    fact(
      "I'm scared of {v}, always have been since I was six. | {v} make me panic, I know it is silly.",
      'What is {n} afraid of? | Which phobia does {n} have?',
      'heights, spiders, elevators, thunderstorms',
    ),
    fact(
      'The therapist suggested {v} and it calms me down. | {v} helps me with the stress more than anything.',
      'How does {n} cope with anxiety? | What does {n} do to relax?',
      'journaling, breathing exercises, gardening, knitting',
      'How do you deal with all that pressure?',
    ),
    fact(
      'We painted the {v} ourselves, took all weekend. | You should see the {v} now, freshly painted by us.',
      'Which room did {n} renovate? | What part of the house did {n} repaint?',
      'kitchen, nursery, hallway, attic',
    ),
    fact(
      'I got {v} at the raffle, can you believe it? | Me, winning {v}! I never win anything.',
      'What prize did {n} get? | What did {n} win?',
      'a bicycle, a cruise, a blender, concert tickets',
    ),
    fact(
      'My flight leaves on the {v}, early morning. | I booked for the {v}, window seat.',
      'What date does {n} fly? | When is the departure of {n}?',
      '3rd, 17th, 22nd, 28th',
    ),
  ],
  chat: (
    'Hey, how is it going? | Not bad, and you? | That sounds wonderful! | I am so happy for you. | Really? Tell me more! | Oh no, I hope it gets better soon. | The weather has been strange lately. | I slept badly again. | ' +
    'Did you watch the game last night? | I should call my parents more often. | Work has been busy as always. | Thanks for listening, it means a lot. | That is a great attitude. | I love that photo! | What a lovely picture, where was it taken? | ' +
    'We should meet up soon. | Absolutely, let us plan something. | My phone died in the middle of it. | Traffic was terrible this morning. | I need a new jacket for winter. | Have you tried the new café on the corner? | Their cake is amazing. | ' +
    'I am proud of you. | It takes courage to do that. | Music always cheers me up. | Do you have any pets? | Where do you want to travel next? | What is your favorite book? | Do you play any instrument? | How is your family doing? | ' +
    'I keep forgetting to water the plants. | The kids were loud all day. | My back hurts from sitting. | We had pizza again. | I might go for a walk later. | Good luck with that! | Take care, talk to you soon! | Bye for now! | ' +
    'I was thinking about changing jobs. | My cousin wants a dog. | The library closes early on Fridays. | A friend of mine ran a marathon once. | Someone at work is allergic to cats. | I saw a nice car today.'
  ).split(' | '),
}

const german: Language = {
  echo: 'Oh, {v}! Erzähl mehr davon. | {v}? Das hätte ich nicht gedacht.'.split(' | '),
  when: 'Wann hat {n} von {v} erzählt? | Was sagte {n} über {v}?'.split(' | '),
  names: ['Jonas', 'Frieda', 'Emre', 'Lena'],
  facts: [
    fact(
      'Wir haben jetzt einen Hund, er heißt {v}. | Unser neuer Welpe hört auf {v}.',
      'Wie heißt das Haustier von {n}? | Welchen Namen hat der Hund von {n}?',
      'Bello, Waldi, Fips',
    ),
    fact(
      'Ich fange als {v} an, der Vertrag ist unterschrieben. | Mein erster Tag als {v} war anstrengend.',
      'Was ist {n} von Beruf? | Als was arbeitet {n}?',
      'Tischlerin, Hebamme, Lokführer',
      'Gibt es Neues von der Arbeit?',
    ),
    fact(
      'Wir sind nach {v} gezogen, die Kisten stehen noch überall. | {v} ist jetzt unser Zuhause.',
      'Wo wohnt {n}? | Wohin ist {n} umgezogen?',
      'Kassel, Rostock, Freiburg',
    ),
    fact(
      'Bei {v} schwillt mir der Hals zu. | Von {v} bekomme ich Ausschlag.',
      'Wogegen ist {n} allergisch? | Was verträgt {n} nicht?',
      'Haselnüssen, Sellerie, Krabben',
    ),
    fact(
      'Seit Kurzem lerne ich {v}, jeden Dienstag. | Ich habe mich zu einem Kurs für {v} angemeldet.',
      'Welches Hobby hat {n} angefangen? | Was lernt {n} in der Freizeit?',
      'Töpfern, Fechten, Imkern',
    ),
    fact(
      'Meine Schwester {v} hat ein Kind bekommen! | {v}, meine Schwester, war zu Besuch.',
      'Wie heißt die Schwester von {n}? | Wer sind die Geschwister von {n}?',
      'Karla, Mieke, Dilara',
    ),
    fact(
      'Der Urlaub in {v} war herrlich, wir sind nur gewandert. | Gerade zurück aus {v}.',
      'Wo war {n} in den Ferien? | Wohin ist {n} gereist?',
      'Südtirol, Norwegen, Schottland',
      'Wo wart ihr denn?',
    ),
  ],
  chat: 'Na, wie geht es dir? | Ganz gut, und selbst? | Das klingt toll! | Das freut mich für dich. | Das Wetter ist wieder schrecklich. | Ich habe schlecht geschlafen. | Hast du das Spiel gesehen? | Die Bahn kam schon wieder zu spät. | Wir sollten uns bald treffen. | Hast du ein Haustier? | Wo wohnst du eigentlich? | Ich muss noch einkaufen. | Meine Nachbarin hat einen Hund. | Mein Chef war im Urlaub. | Bis bald! | Danke fürs Zuhören.'.split(
    ' | ',
  ),
}
const spanish: Language = {
  echo: '¡Vaya, {v}! Cuéntame más. | ¿{v}? No me lo esperaba.'.split(' | '),
  when: '¿Cuándo habló {n} de {v}? | ¿Qué dijo {n} sobre {v}?'.split(' | '),
  names: ['Lucía', 'Mateo', 'Carmen', 'Iván'],
  facts: [
    fact(
      'Adoptamos un perro y le pusimos {v}. | El cachorro nuevo se llama {v}.',
      '¿Cómo se llama la mascota de {n}? | ¿Qué nombre tiene el perro de {n}?',
      'Canela, Toby, Luna',
    ),
    fact(
      'Empiezo el lunes como {v}, ya firmé. | Mi primer día de {v} fue agotador.',
      '¿En qué trabaja {n}? | ¿Cuál es la profesión de {n}?',
      'enfermera, fontanero, traductora',
      '¿Y qué tal las entrevistas?',
    ),
    fact(
      'Nos mudamos a {v}, todavía hay cajas por todos lados. | Ya vivimos en {v}.',
      '¿Dónde vive {n}? | ¿A qué ciudad se mudó {n}?',
      'Oviedo, Cádiz, Rosario',
    ),
    fact(
      'No puedo comer {v}, se me hincha la garganta. | Con los {v} me sale un sarpullido.',
      '¿A qué es alérgica la persona {n}? | ¿Qué comida debe evitar {n}?',
      'cacahuetes, mariscos, kiwis',
    ),
    fact(
      'Me apunté a clases de {v} y me encanta. | Paso las tardes con {v}.',
      '¿Qué afición tiene {n}? | ¿Qué aprende {n}?',
      'cerámica, esgrima, ajedrez',
    ),
    fact(
      'Mi hermana {v} tuvo un bebé. | Vino {v}, mi hermana, a cenar.',
      '¿Cómo se llama la hermana de {n}? | ¿Quién es la hermana de {n}?',
      'Pilar, Noelia, Rocío',
    ),
    fact(
      'El viaje a {v} fue increíble, caminamos cada día. | Acabo de volver de {v}.',
      '¿Adónde viajó {n}? | ¿Dónde pasó {n} las vacaciones?',
      'Islandia, Madeira, Perú',
      '¿De dónde vienes tan moreno?',
    ),
  ],
  chat: '¿Qué tal todo? | Bien, ¿y tú? | ¡Qué bien suena eso! | Me alegro mucho por ti. | Hace un tiempo rarísimo. | He dormido fatal. | ¿Viste el partido? | El tren llegó tarde otra vez. | Tenemos que vernos pronto. | ¿Tienes mascota? | Mi vecina tiene un perro. | Mi jefe está de vacaciones. | ¡Hasta luego! | Gracias por escucharme. | Tengo que hacer la compra.'.split(
    ' | ',
  ),
}
const french: Language = {
  echo: 'Oh, {v} ! Raconte. | {v} ? Je ne m’y attendais pas.'.split(' | '),
  when: 'Quand {n} a parlé de {v} ? | Qu’a dit {n} à propos de {v} ?'.split(' | '),
  names: ['Camille', 'Hugo', 'Inès', 'Bastien'],
  facts: [
    fact(
      'On a adopté un chien, il s’appelle {v}. | Notre chiot répond au nom de {v}.',
      'Comment s’appelle l’animal de {n} ? | Quel est le nom du chien de {n} ?',
      'Filou, Moka, Praline',
    ),
    fact(
      'Je commence lundi comme {v}, c’est signé. | Ma première journée de {v} était épuisante.',
      'Quel est le métier de {n} ? | Que fait {n} dans la vie ?',
      'infirmière, menuisier, géomètre',
      'Et le travail alors ?',
    ),
    fact(
      'Nous avons déménagé à {v}, il reste des cartons partout. | On habite {v} maintenant.',
      'Où habite {n} ? | Dans quelle ville {n} a emménagé ?',
      'Nantes, Annecy, Lille',
    ),
    fact(
      'Je ne peux pas manger de {v}, ma gorge gonfle. | Avec les {v} j’ai des plaques.',
      'À quoi {n} est allergique ? | Quel aliment {n} doit éviter ?',
      'crevettes, noisettes, fraises',
    ),
    fact(
      'Je me suis mise à la {v} le mardi soir. | Je prends des cours de {v}.',
      'Quel loisir {n} a commencé ? | Qu’est-ce que {n} apprend ?',
      'poterie, voile, guitare',
    ),
    fact(
      'Ma sœur {v} vient d’avoir un bébé. | {v}, ma sœur, est passée dimanche.',
      'Comment s’appelle la sœur de {n} ? | Qui est la sœur de {n} ?',
      'Maëlle, Agathe, Sonia',
    ),
    fact(
      'Le voyage en {v} était magique, on a randonné tous les jours. | On rentre juste de {v}.',
      'Où {n} a voyagé ? | Où {n} a passé ses vacances ?',
      'Corse, Islande, Norvège',
      'Vous étiez où ?',
    ),
  ],
  chat: 'Ça va ? | Oui et toi ? | C’est génial ! | Je suis contente pour toi. | Il fait un temps bizarre. | J’ai mal dormi. | Tu as vu le match ? | Le train était encore en retard. | Il faut qu’on se voie. | Tu as un animal ? | Ma voisine a un chien. | Mon chef est en vacances. | À bientôt ! | Merci de m’avoir écoutée. | Je dois faire les courses.'.split(
    ' | ',
  ),
}
const polish: Language = {
  echo: 'O, {v}! Opowiedz więcej. | {v}? Nie spodziewałam się.'.split(' | '),
  when: 'Kiedy {n} mówi o {v}? | Co {n} opowiada o {v}?'.split(' | '),
  names: ['Zofia', 'Kacper', 'Hanna', 'Olek'],
  facts: [
    fact(
      'Mamy psa, nazwaliśmy go {v}. | Nasz szczeniak wabi się {v}.',
      'Jak się wabi pies, którego ma {n}? | Jakie imię ma szczeniak, o którym mówi {n}?',
      'Burek, Figa, Reksio',
    ),
    fact(
      'Od poniedziałku pracuję jako {v}. | Mój pierwszy dzień w pracy: {v}, było ciężko.',
      'Kim z zawodu jest {n}? | Jaką pracę ma {n}?',
      'stolarz, tłumaczka, pielęgniarka',
      'Co słychać w pracy?',
    ),
    fact(
      'Przeprowadziliśmy się do miasta {v}, wszędzie kartony. | Mieszkamy teraz w mieście {v}.',
      'Gdzie mieszka {n}? | Do jakiego miasta przeprowadza się {n}?',
      'Gdynia, Lublin, Toruń',
    ),
    fact(
      'Nie mogę jeść {v}, puchnie mi gardło. | Po {v} mam wysypkę.',
      'Na co uczulenie ma {n}? | Czego nie może jeść {n}?',
      'orzechów, truskawek, selera',
    ),
    fact(
      'Chodzę na zajęcia: {v}, co wtorek. | Wieczory spędzam na kursie: {v}.',
      'Jakie hobby ma {n}? | Na jakie zajęcia chodzi {n}?',
      'garncarstwo, szermierka, szachy',
    ),
  ],
  chat: 'Co tam? | W porządku, a u ciebie? | Super! | Cieszę się. | Pogoda jest dziwna. | Źle spałam. | Widziałeś mecz? | Pociąg znowu się spóźnił. | Musimy się spotkać. | Masz jakieś zwierzę? | Sąsiadka ma psa. | Mój szef jest na urlopie. | Do zobaczenia! | Dzięki za rozmowę. | Muszę zrobić zakupy.'.split(
    ' | ',
  ),
}
const japanese: Language = {
  echo: 'へえ、{v}！もっと聞かせて。 | {v}？すごいね。'.split(' | '),
  when: '{n}はいつ{v}の話をしましたか？ | {v}について{n}は何と言いましたか？'.split(' | '),
  names: ['ケン', 'ユキ', 'アヤ', 'タロウ'],
  facts: [
    fact(
      '犬を飼い始めて、{v}という名前にしました。 | うちの子犬は{v}といいます。',
      '{n}の犬の名前は何ですか？ | {n}のペットは何という名前ですか？',
      'ポチ, ハチ, モモ',
    ),
    fact(
      '来週から{v}として働きます。 | {v}としての初日は大変でした。',
      '{n}の仕事は何ですか？ | {n}は何として働いていますか？',
      '看護師, 大工, 通訳',
      '仕事はどう？',
    ),
    fact(
      '{v}に引っ越しました。箱だらけです。 | 今は{v}に住んでいます。',
      '{n}はどこに住んでいますか？ | {n}はどこに引っ越しましたか？',
      '札幌, 福岡, 仙台',
    ),
    fact(
      '{v}を食べると喉が腫れます。 | {v}は食べられません、かゆくなるので。',
      '{n}が食べられないものは何ですか？ | {n}のアレルギーは何ですか？',
      'えび, そば, くるみ',
    ),
    fact('火曜日に{v}を習っています。 | 最近は{v}ばかりしています。', '{n}は何を習っていますか？ | {n}の趣味は何ですか？', '陶芸, 剣道, 書道'),
    fact('妹の{v}に赤ちゃんが生まれました。 | 妹の{v}が遊びに来ました。', '{n}の妹の名前は何ですか？ | {n}の妹は誰ですか？', 'サクラ, ミホ, リカ'),
  ],
  chat: '元気？ | うん、そっちは？ | いいね！ | よかったね。 | 最近天気が変だね。 | よく眠れなかった。 | 試合見た？ | 電車がまた遅れた。 | 今度会おう。 | ペットはいる？ | 隣の人が犬を飼っています。 | 上司が休みです。 | またね！ | 聞いてくれてありがとう。 | 買い物に行かなきゃ。'.split(
    ' | ',
  ),
}
/** What people say of themselves and are asked, by language: written for this. */
export const languages: Record<string, Language> = { en: english, de: german, es: spanish, fr: french, pl: polish, ja: japanese }
