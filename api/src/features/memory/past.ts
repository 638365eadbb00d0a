import { hasOne, phrasesOf, spaced } from './phrases.ts'

const saidBefore = phrasesOf(
  `did you say|did you tell|did you find|did you answer|did you write|did you suggest|did you recommend|you said|you told|you found|you wrote|you suggested|you recommended|you mentioned|did i say|did i tell|did i ask|did i write|did i send|did i mention|have i told|have i said|i said|i told|i asked|i wrote|i sent|i mentioned|did we|have we|we talked|we spoke|we discussed|we decided|we agreed|we found|last time|last conversation|previous conversation|earlier conversation|other conversation|other chat|earlier chat|do you remember|remind me
  |hast du gesagt|hast du mir gesagt|hast du mir empfohlen|hast du mir geschrieben|du gesagt|hast du gefunden|hast du geschrieben|hast du empfohlen|du empfohlen|habe ich gesagt|ich gesagt|habe ich gefragt|ich gefragt|ich geschrieben|haben wir|wir besprochen|letztes mal|beim letzten mal|letzten gespräch|erinnerst du dich|weißt du noch|erinnere mich
  |dijiste|me dijiste|encontraste|recomendaste|escribiste|te dije|te pregunté|te conté|hablamos|dijimos|decidimos|la última vez|la otra conversación|conversación anterior|recuerdas|te acuerdas
  |as-tu dit|tu as dit|tu m'as dit|as-tu trouvé|tu as trouvé|tu as écrit|tu m'as conseillé|ai-je dit|j'ai dit|t'ai dit|ai-je demandé|j'ai demandé|avons-nous|nous avons parlé|on a parlé|la dernière fois|conversation précédente|tu te souviens|te souviens-tu|rappelle-moi
  |hai detto|mi hai detto|hai trovato|hai scritto|hai consigliato|ho detto|ti ho detto|ho chiesto|abbiamo parlato|abbiamo deciso|l'ultima volta|ti ricordi|ricordami
  |você disse|disseste|você encontrou|você recomendou|eu disse|te disse|eu perguntei|conversamos|falamos|da última vez|lembra-te|você se lembra|lembras-te
  |heb je gezegd|zei je|vond je|heb ik gezegd|ik zei|ik vroeg|hebben we|de vorige keer|weet je nog|herinner je
  |powiedziałeś|mówiłeś|znalazłeś|napisałeś|polecałeś|poleciłeś|mówiłem|mówiłam|powiedziałem|powiedziałam|pytałem|pytałam|rozmawialiśmy|ostatnim razem|poprzedniej rozmowie|pamiętasz|przypomnij mi
  |ты сказал|ты говорил|ты нашёл|ты нашел|ты писал|ты советовал|я сказал|я сказала|я говорил|я говорила|я спрашивал|я спрашивала|мы говорили|мы обсуждали|мы решили|в прошлый раз|помнишь|напомни
  |demiştin|söylemiştin|bulmuştun|önermiştin|demiştim|söylemiştim|sormuştum|konuşmuştuk|geçen sefer|hatırlıyor musun|hatırlat`,
)
const saidBeforeWithoutSpaces =
  /前に(?:言|話|聞|教)|前回|この前|以前(?:話|言|聞)|言ってた|言っていた|言ったっけ|覚えて(?:る|い)|上次|之前(?:说|說|聊|问|問|提)|以前(?:说|說|聊)|记得|記得|지난번|저번에|전에 (?:말|얘기|이야기)|기억나|기억해/u

/** Whether a message asks for what was said before: "What did you find about the tides?" */
export function asksForPast(message: string): boolean {
  const text = message.slice(0, charactersMax)
  return hasOne(spaced(text), saidBefore) || saidBeforeWithoutSpaces.test(text)
}

const charactersMax = 2000
