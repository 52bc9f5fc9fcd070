import { ApiError } from './api-error.mjs'

/** The base or adapter of that name. @throws {ApiError} 404 `model_not_found` */
export const servedModel = (host, name) => {
  const served = host.get(name)
  if (served !== undefined) return served
  throw new ApiError(404, 'model_not_found', `No model named ${JSON.stringify(name)} is served here.`, {
    param: 'model',
    hint: `Served: ${host
      .list()
      .map((model) => model.name)
      .join(', ')}.`,
  })
}
