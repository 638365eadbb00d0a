import { constants } from 'node:fs'
import { access, mkdir, realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '#lib/app-error.ts'

/** Makes an engine's folder below DATA_DIR and returns its real, absolute path. @throws unavailable when it cannot be written. */
export async function makeDataFolder(folder: string, mode = 0o700): Promise<string> {
  try {
    await mkdir(dirname(folder), { recursive: true })
    await mkdir(folder, { recursive: true, mode })
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    return await realpath(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new AppError(
      'unavailable',
      `Cannot write to the data folder ${dirname(folder)} (${code}): change its owner, or set DATA_DIR to a folder of yours.`,
      {
        cause: error,
      },
    )
  }
}
