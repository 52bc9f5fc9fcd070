import type { IDisplayOptions, INodeProperties } from 'n8n-workflow'

/** Shows these fields for one operation (of one resource, where the node has several). */
export const forOperation = (
  fields: readonly INodeProperties[],
  operation: string | string[],
  resource?: string,
): INodeProperties[] => {
  const show = {
    operation: [operation].flat(),
    ...(resource === undefined ? {} : { resource: [resource] }),
  }
  return fields.map((field) => ({ ...field, displayOptions: merged(field.displayOptions, show) }))
}

const merged = (own: IDisplayOptions | undefined, show: IDisplayOptions['show']): IDisplayOptions => ({
  ...own,
  show: { ...own?.show, ...show },
})
