import type { IAuthenticateGeneric, Icon, ICredentialTestRequest, ICredentialType, INodeProperties } from 'n8n-workflow'

const asked = {
  baseURL: '={{ $credentials.baseUrl.replace(/\\/+$/, "") }}',
  url: '/v1/usage',
  qs: { group_by: 'kind' },
}

/** How the nodes reach a Forge server. */
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
        'Forge prints the first key when it starts; "forge api-keys create --scope read --scope write --scope generate" makes one for n8n',
    },
  ]

  authenticate: IAuthenticateGeneric = {
    type: 'generic',
    properties: { headers: { Authorization: '=Bearer {{ $credentials.apiKey.trim() }}' } },
  }

  // Only Forge answers this call with `object: "usage"`: other servers that speak OpenAI's format have /v1/models, too.
  test: ICredentialTestRequest = {
    request: asked,
    rules: [
      {
        type: 'responseCode',
        properties: { value: 401, message: 'The server does not know this API key: copy it again, or make a new one.' },
      },
      {
        type: 'responseCode',
        properties: {
          value: 403,
          message:
            'This API key lacks the scope "read". Make one for n8n: forge api-keys create --scope read --scope write --scope generate',
        },
      },
      {
        type: 'responseCode',
        properties: { value: 404, message: 'The address answers, but it is not a Forge server: check the base URL.' },
      },
      {
        type: 'responseCode',
        properties: {
          value: 421,
          message:
            'Forge refuses this host name: use its address, or set FORGE_PUBLIC_URL on the server to the base URL.',
        },
      },
      {
        type: 'responseSuccessBody',
        properties: {
          key: 'object',
          value: undefined,
          message: 'The address answers, but it is not a Forge server: check the base URL.',
        },
      },
    ] as ICredentialTestRequest['rules'],
  }
}
