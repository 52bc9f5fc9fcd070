import type { IDisplayOptions, INodeProperties } from 'n8n-workflow'

interface Locator {
  displayName: string
  name: string
  description: string
  /** the node's `methods.listSearch` entry that fills the list */
  search: string
  placeholder: string
  /** of the address of one, e.g. `/v1/models/model_…` */
  collection?: string
  required?: boolean
  displayOptions?: IDisplayOptions
}

const id = '[A-Za-z0-9._:-]+'

/** A field that takes one thing of Forge: from a list, by its id or name, or by its address. */
export const locator = ({
  displayName,
  name,
  description,
  search,
  placeholder,
  collection,
  required = true,
  displayOptions,
}: Locator): INodeProperties => ({
  displayName,
  name,
  type: 'resourceLocator',
  default: { mode: 'list', value: '' },
  required,
  description,
  modes: [
    {
      displayName: 'From List',
      name: 'list',
      type: 'list',
      typeOptions: { searchListMethod: search, searchable: true },
    },
    { displayName: 'By ID', name: 'id', type: 'string', placeholder },
    ...(collection === undefined
      ? []
      : [
          {
            displayName: 'By URL',
            name: 'url',
            type: 'string' as const,
            placeholder: `http://127.0.0.1:8470/v1/${collection}/${placeholder}`,
            extractValue: { type: 'regex' as const, regex: `^https?://.+/${collection}/(${id})` },
            validation: [
              {
                type: 'regex' as const,
                properties: {
                  regex: `^https?://.+/${collection}/${id}.*$`,
                  errorMessage: `That is not the address of one of Forge's ${collection}`,
                },
              },
            ],
          },
        ]),
  ],
  ...(displayOptions === undefined ? {} : { displayOptions }),
})

/** A field for what can be asked: base models, tuned models, deployments. */
export const modelLocator = (displayOptions?: IDisplayOptions): INodeProperties =>
  locator({
    displayName: 'Model',
    name: 'model',
    description: 'A deployment, a tuned model or a base model',
    search: 'searchModels',
    placeholder: 'smollm2-135m-instruct',
    collection: 'models',
    ...(displayOptions === undefined ? {} : { displayOptions }),
  })

/** A field for a dataset; its newest version is taken when the job is created, and stays. */
export const datasetLocator = (displayOptions?: IDisplayOptions): INodeProperties =>
  locator({
    displayName: 'Dataset',
    name: 'dataset',
    description: 'The newest version of it is used; the ID of a version (dsv_…) names one for good',
    search: 'searchDatasets',
    placeholder: 'ds_…',
    collection: 'datasets',
    ...(displayOptions === undefined ? {} : { displayOptions }),
  })
