import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'

export const isUnsupported = 'is not supported'

/** What would change the answer and is not done here is refused by its name. */
export const unsupported = (param: string, message: string): AppError =>
  new AppError('invalid_request', message, { errors: [{ path: param, message: isUnsupported }] })

export const modelNotFound = (model: string): AppError =>
  new AppError('not_found', `The model "${model}" does not exist, or you do not have access to it.`, {
    errors: [{ path: 'model', message: 'is not a known model' }],
  })

/** @throws model_not_allowed for a model that the key may not name */
export function requireNamed({ apiKey }: Pick<Caller, 'apiKey'>, model: string): void {
  if (apiKey?.models && !apiKey.models.includes(model))
    throw new AppError('model_not_allowed', `This API key is not for the model "${model}": it may name ${apiKey.models.join(', ')}.`)
}
