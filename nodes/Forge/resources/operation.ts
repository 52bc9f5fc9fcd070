import type { IDataObject, IExecuteFunctions, INodeProperties, INodePropertyOptions } from 'n8n-workflow'
import type { Page } from '../../shared/contract'
import { choice } from '../../shared/job-fields'
import { forge } from '../../shared/transport'

/** One thing that can be done with records of Forge: how the editor shows it, its fields, its work for an item. */
export interface Operation {
  name: string
  value: string
  action: string
  description: string
  /** agents get the operations that read, and no other */
  reads: boolean
  fields: INodeProperties[]
  run(context: IExecuteFunctions, item: number): Promise<IDataObject | IDataObject[]>
}
export interface Resource {
  name: string
  value: string
  operations: Operation[]
}

const simplifyField: INodeProperties = {
  displayName: 'Simplify',
  name: 'simple',
  type: 'boolean',
  default: true,
  description: 'Whether to return a simplified version of the response instead of the raw data',
}

type Simplify = (record: never) => IDataObject
const simplified = (context: IExecuteFunctions, item: number, record: unknown, simplify: Simplify): IDataObject =>
  context.getNodeParameter('simple', item, true) === true ? simplify(record as never) : (record as IDataObject)

interface One {
  action: string
  description: string
  path: string
  field: INodeProperties
  simplify: Simplify
}

const pathOf = (context: IExecuteFunctions, path: string, field: INodeProperties, item: number): string =>
  `${path}/${encodeURIComponent(choice(context, field.name, field.displayName.toLowerCase(), item))}`

/** Get: one record by its locator. */
export const get = ({ action, description, path, field, simplify }: One): Operation => ({
  name: 'Get',
  value: 'get',
  action,
  description,
  reads: true,
  fields: [field, simplifyField],
  run: async (context, item) =>
    simplified(
      context,
      item,
      await forge(context, { method: 'GET', path: pathOf(context, path, field, item), itemIndex: item }),
      simplify,
    ),
})

interface Many {
  action: string
  description: string
  path: string
  filters?: INodeProperties[]
  simplify: Simplify
}

/** Get Many: all, or as many as the limit says, newest first. */
export const getMany = ({ action, description, path, filters = [], simplify }: Many): Operation => ({
  name: 'Get Many',
  value: 'getAll',
  action,
  description,
  reads: true,
  fields: [
    {
      displayName: 'Return All',
      name: 'returnAll',
      type: 'boolean',
      default: false,
      description: 'Whether to return all results or only up to a given limit',
    },
    {
      displayName: 'Limit',
      name: 'limit',
      type: 'number',
      typeOptions: { minValue: 1 },
      default: 50,
      description: 'Max number of results to return',
      displayOptions: { show: { returnAll: [false] } },
    },
    ...(filters.length === 0
      ? []
      : [
          {
            displayName: 'Filters',
            name: 'filters',
            type: 'collection' as const,
            placeholder: 'Add filter',
            default: {},
            options: filters,
          },
        ]),
    simplifyField,
  ],
  run: async (context, item) => {
    const returnAll = context.getNodeParameter('returnAll', item, false) === true
    const limit = returnAll ? Infinity : (context.getNodeParameter('limit', item, 50) as number)
    const query = filters.length === 0 ? {} : (context.getNodeParameter('filters', item, {}) as IDataObject)
    const records = await readPages(context, path, query, limit, item)
    return records.map((record) => simplified(context, item, record, simplify))
  },
})

const readPages = async (
  context: IExecuteFunctions,
  path: string,
  query: IDataObject,
  limit: number,
  item: number,
): Promise<{ id: string }[]> => {
  const records: { id: string }[] = []
  for (;;) {
    const after = records.at(-1)?.id
    const page = await forge<Page<{ id: string }>>(context, {
      method: 'GET',
      path,
      query: { ...query, limit: Math.min(100, limit - records.length), ...(after === undefined ? {} : { after }) },
      itemIndex: item,
    })
    records.push(...page.data)
    if (!page.has_more || page.data.length === 0 || records.length >= limit) return records.slice(0, limit)
  }
}

interface Act extends One {
  name: string
  value: string
  method: 'DELETE' | 'POST'
  /** behind the record's address, e.g. `/cancel` */
  verb?: string
  /** fields that are sent along under their names, unless they are empty */
  body?: INodeProperties[]
}

/** Does something with one record. */
export const act = ({
  name,
  value,
  action,
  description,
  method,
  path,
  verb = '',
  body = [],
  field,
  simplify,
}: Act): Operation => ({
  name,
  value,
  action,
  description,
  reads: false,
  fields: [field, ...body],
  run: async (context, item) =>
    simplify(
      await forge<never>(context, {
        method,
        path: pathOf(context, path, field, item) + verb,
        ...(body.length === 0 ? {} : { body: given(context, body, item) }),
        itemIndex: item,
      }),
    ),
})

const given = (context: IExecuteFunctions, fields: INodeProperties[], item: number): IDataObject =>
  Object.fromEntries(
    fields
      .map(({ name }): [string, string] => [name, String(context.getNodeParameter(name, item, '')).trim()])
      .filter(([, value]) => value !== ''),
  )

/** The operations of a resource as the editor's choice; each has a `get`. */
export const operationField = ({ value, operations }: Resource): INodeProperties => ({
  displayName: 'Operation',
  name: 'operation',
  type: 'options',
  noDataExpression: true,
  displayOptions: { show: { resource: [value] } },
  options: operations.map(asOption).sort((a, b) => a.name.localeCompare(b.name)),
  default: 'get',
})

const asOption = (operation: Operation): INodePropertyOptions => {
  const { name, value, action, description } = operation
  return operation.reads ? { name, value, action, description } : { name, value, action, description, ...notForAgents }
}

const notForAgents = { displayOptions: { hide: { '@tool': [true] } } }
