/** Pairs of a letter and the Latin letter that it passes for; lower case, one code unit each. */
const pairs =
  'аa еe оo рp сc уy хx іi јj ѕs һh ԁd ԛq ѡw ӏl кk мm тt вb нh зe пn гr иu ьb ғf ҝk ոn սu օo հh ցg ' +
  'αa εe οo ρp νv ιi κk τt υu χx ηn γy ωw βb σo ζz λa ' +
  'ıi ɡg ɑa ɩi ʟl ɴn ʀr ʏy ɪi ʜh ʙb ɢg ᴀa ᴄc ᴅd ᴇe ᴊj ᴋk ᴍm ᴏo ᴘp ᴛt ᴜu ᴠv ᴡw ᴢz ꜰf ꜱs ɛe ɔo ʋv ɾr ƒf øo łl đd ħh ŧt'

const lookalikes = new Map(pairs.split(' ').map((pair) => [pair[0]!, pair[1]!]))

/** `ßÞ` and the like have no look-alike and come back unchanged; so does a longer string. */
export const latinLookalike = (unit: string): string => lookalikes.get(unit) ?? unit
