import type { Interrupt } from '@jarvis/contracts/approvals.ts'
import type { Tokens } from './money.ts'

/** A call as the model made it. `malformed` is the text that was no JSON object: such a call is never run. */
export type CallStep = { id: string; name: string; args: Record<string, unknown>; malformed?: string }

/** What those outside observed of a call that nobody was asked about: how much it told them, and the address that was opened. */
export type Observed = { bits: number; address?: string }

/**
 * What came with an answer that only its provider can read: signatures, encrypted thought, fields of its own. It goes back word for word to
 * the model `to` names, and to no other.
 */
export type Attached = { to: string; value: unknown }

/** A passage of a person's file; `title` is the file's name. */
export type FilePlace = { fileId: string; position: number; page: number | null; title: string }

/** A picture that is a file of the person's; `alt` says what it shows. */
export type MadePicture = { fileId: string; mediaType: string; alt: string }

/**
 * One finished piece of a run. `acting` is written before a tool changes something outside: a call that has it is never made again.
 * `waiting` is written before a run pauses for a person; `decision` is what they said, in the run that goes on: `args` is the text that they
 * approved, and the text that runs.
 */
export type RunStep =
  | ({ kind: 'model'; model: string; text: string; calls: CallStep[]; reasoning?: string; attached?: Attached } & Tokens)
  | { kind: 'acting'; toolCallId: string }
  | { kind: 'waiting'; interrupt: Interrupt }
  | { kind: 'decision'; interruptId: string; toolCallId: string; outcome: 'approved' | 'denied' | 'expired'; args: string; edited: boolean }
  | {
      kind: 'tool'
      toolCallId: string
      name: string
      content: string
      failed: boolean
      /** The person, or the time, said no. */
      denied?: boolean
      /** The content may hold text from outside. */
      foreign?: boolean
      sources: { title: string; url: string }[]
      /** The passages of files that it listed. */
      places?: FilePlace[]
      screenshot?: string
      /** What it made, as files of the person's. */
      pictures?: MadePicture[]
      /** What it cost, at a model that is not asked for words. */
      used?: { model: string } & Tokens
      durationMs?: number
      observed?: Observed
    }

export type StepOf<Kind extends RunStep['kind']> = Extract<RunStep, { kind: Kind }>
