import { statSync } from 'node:fs'
import { type ModelTable, openAiTable, practiceTable, readModelTable } from '#features/router/index.ts'
import type { Log } from '#lib/log.ts'
import { type Config, ConfigError } from './config.ts'
import { readOperatorFile } from './operator-file.ts'

export type ModelSource = ReturnType<typeof openModelSource>

const lookEveryMs = 2000

/**
 * The table of models: MODELS_FILE, or what is built in. A file that changes is read again without a restart; one with a fault is told in the
 * log, and the table stays as it was. `embedding` is as at the start: vectors of two models cannot be compared. @throws ConfigError at the start
 */
export function openModelSource(config: Pick<Config, 'modelsFile' | 'provider' | 'keyOf'>, log: Pick<Log, 'info' | 'error'>) {
  const { modelsFile } = config
  let table = modelTable(config)
  const { embedding } = table
  let seen = modelsFile && stampOf(modelsFile)

  /** Reads the file again. @throws ConfigError, and the table stays as it was */
  function refresh(): void {
    table = { ...modelTable(config), embedding }
  }

  function look(file: string): void {
    const stamp = stampOf(file)
    if (stamp === seen) return
    seen = stamp
    try {
      refresh()
      log.info({ models: table.models.length }, 'MODELS_FILE was read again')
    } catch (error) {
      log.error({ err: error }, 'MODELS_FILE has changed and has a fault: the models stay as they were')
    }
  }
  const timer = modelsFile === undefined ? undefined : setInterval(look, lookEveryMs, modelsFile).unref()

  return {
    table: (): ModelTable => table,
    refresh,
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

/** @throws ConfigError for a fault in the file, or a provider's key that is not set */
function modelTable(config: Pick<Config, 'modelsFile' | 'provider' | 'keyOf'>): ModelTable {
  if (!config.modelsFile) return config.provider.kind === 'practice' ? practiceTable : openAiTable
  const table = readOperatorFile('MODELS_FILE', config.modelsFile, readModelTable)
  const faults = table.providers.flatMap(({ id, apiKeyEnv }) =>
    apiKeyEnv !== undefined && !config.keyOf(apiKeyEnv) ? [`MODELS_FILE: the key of the provider "${id}" is not set: set ${apiKeyEnv}.`] : [],
  )
  if (faults.length > 0) throw new ConfigError(faults)
  return table
}

/** Another file under the same name, as Kubernetes mounts a new version, differs by its number. */
function stampOf(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file)
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    return ''
  }
}
