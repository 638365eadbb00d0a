import { ConfigError } from './config.ts'

/** Reads a file that a setting names. Every fault in it is a line of its own. @throws ConfigError */
export function readOperatorFile<File extends string | undefined, Content>(setting: string, file: File, read: (file: File) => Content): Content {
  try {
    return read(file)
  } catch (error) {
    throw new ConfigError((error as Error).message.split('\n').map((line) => `${setting}: ${line}`))
  }
}
