import { quietSettings } from '../../api/src/ports/database/quiet-settings.ts'

type Container = { image: string; command?: string[] | undefined; args?: string[] | undefined }

/** A PostgreSQL that would log the rows that it refuses, or keep what was erased in files for reuse. */
export function talkativeFaults(owner: string, containers: Container[]): string[] {
  const ofPostgres = containers.filter(({ image }) => /(^|\/)postgres:/.test(image))
  return ofPostgres.flatMap(({ command = [], args = [] }) =>
    quietSettings
      .filter((setting) => ![...command, ...args].some((word, at, words) => word === setting && words[at - 1] === '-c'))
      .map((setting) => `${owner}: logs what people wrote; start PostgreSQL with -c ${setting}.`),
  )
}
