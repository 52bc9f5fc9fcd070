import type { IAuthenticate, Icon, ICredentialType, INodeProperties } from 'n8n-workflow'

/** How the nodes reach a Forge server; they test it, too (`nodes/shared/credential-test.ts`). */
export class ForgeApi implements ICredentialType {
  name = 'forgeApi'

  displayName = 'Forge API'

  icon: Icon = { light: 'file:forge.svg', dark: 'file:forge.dark.svg' }

  documentationUrl = 'https://www.npmjs.com/package/n8n-nodes-forge'

  properties: INodeProperties[] = [
    {
      displayName: 'Base URL',
      name: 'baseUrl',
      type: 'string',
      default: 'http://127.0.0.1:8470',
      required: true,
      placeholder: 'http://127.0.0.1:8470',
      description:
        'Where n8n reaches the Forge server, without /v1. If n8n runs in Docker and Forge on its host: http://host.docker.internal:8470.',
    },
    {
      displayName: 'API Key',
      name: 'apiKey',
      type: 'string',
      typeOptions: { password: true },
      default: '',
      required: true,
      placeholder: 'fk_…',
      description:
        'Forge prints the first key when it starts; "forge api-keys create n8n --scope read write generate" makes one for n8n',
    },
  ]

  /** A function, not an expression: n8n fills expressions only while a node runs, and a trigger calls Forge later, too. */
  authenticate: IAuthenticate = (credentials, request) =>
    Promise.resolve({
      ...request,
      headers: { ...request.headers, Authorization: `Bearer ${String(credentials.apiKey).trim()}` },
    })
}
