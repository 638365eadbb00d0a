/** A piece of a file under one heading or on one page, in the order of the file. */
export type Section = { page: number | null; heading: string | null; text: string }
export type ReadText = { sections: Section[]; pages: number | null; /** Of these there is no text: they may be pictures. */ emptyPages: number[] }
export type FileReply = ReadText | { fault: 'broken' | 'locked' | 'too_large' }

export const charactersMax = 3_000_000

export class TooLarge extends Error {}
export class Locked extends Error {}

export const withoutPages = (sections: Section[]): ReadText => ({ sections, pages: null, emptyPages: [] })
