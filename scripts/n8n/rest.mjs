/**
 * The few calls of n8n's own REST interface that setting it up and testing it need. The editor uses the same ones;
 * they are n8n's internal interface and may change between versions, which is one reason why n8n is pinned.
 */
const json = { 'content-type': 'application/json', 'browser-id': 'forge' }

/**
 * Makes the owner where there is none yet, logs in and gives the calls. Each throws with n8n's own words when n8n
 * refuses.
 *
 * @typedef {{ name: string, nodes: Record<string, unknown>[], connections: Record<string, unknown>, settings?: Record<string, unknown> }} Workflow
 * @typedef {{
 *   call: (method: string, path: string, body?: unknown) => Promise<unknown>
 *   credential: (wanted: { name: string, type: string, data: Record<string, unknown> }) => Promise<{ id: string, name: string }>
 *   workflow: (workflow: Workflow) => Promise<{ id: string, name: string }>
 *   run: (workflowId: string, triggerName: string) => Promise<string>
 *   activate: (workflowId: string) => Promise<unknown>
 *   deactivate: (workflowId: string) => Promise<unknown>
 *   execution: (id: string) => Promise<{ id: string, status: string, data: string }>
 *   stopExecution: (id: string) => Promise<unknown>
 * }} N8nRest
 * @param {string} url
 * @param {{ email: string, password: string }} owner
 * @returns {Promise<N8nRest>}
 */
export async function openN8n(url, { email, password }) {
  let cookie = ''
  const call = async (method, path, body) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...json, ...(cookie === '' ? {} : { cookie }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`n8n answered ${method} ${path} with ${response.status}: ${text.slice(0, 500)}`)
    const set = response.headers.getSetCookie().map((line) => line.split(';')[0])
    if (set.length > 0) cookie = set.join('; ')
    const answer = text === '' ? {} : JSON.parse(text)
    return answer.data ?? answer
  }

  const settings = await call('GET', '/rest/settings')
  if (settings.userManagement?.showSetupOnFirstLoad !== false) {
    await call('POST', '/rest/owner/setup', { email, password, firstName: 'Forge', lastName: 'Owner' })
  }
  await call('POST', '/rest/login', { emailOrLdapLoginId: email, password })

  return {
    call,
    /** Makes the credential, or gives the one that has this name. */
    async credential({ name, type, data }) {
      const found = (await call('GET', '/rest/credentials')).find((one) => one.name === name && one.type === type)
      if (!found) return await call('POST', '/rest/credentials', { name, type, data })
      return await call('PATCH', `/rest/credentials/${found.id}`, { name, type, data })
    },
    /** Makes the workflow, unless one of this name is there: what a person changed stays. */
    async workflow(workflow) {
      const { name, nodes, connections, settings: options = {} } = workflow
      const found = (await call('GET', '/rest/workflows')).find((one) => one.name === name)
      return found ?? (await call('POST', '/rest/workflows', { name, nodes, connections, settings: options }))
    },
    /** Starts a workflow from one of its trigger nodes, as the editor's button does. Gives the execution's id. */
    async run(workflowId, triggerName) {
      const { executionId } = await call('POST', `/rest/workflows/${workflowId}/run`, {
        triggerToStartFrom: { name: triggerName },
      })
      return executionId
    },
    /** Publishes a workflow, so that its triggers listen. n8n opens its webhooks a moment after it has answered. */
    async activate(workflowId) {
      const { versionId } = await call('GET', `/rest/workflows/${workflowId}`)
      return await call('POST', `/rest/workflows/${workflowId}/activate`, { versionId })
    },
    deactivate: (workflowId) => call('POST', `/rest/workflows/${workflowId}/deactivate`, {}),
    execution: (id) => call('GET', `/rest/executions/${id}`),
    stopExecution: (id) => call('POST', `/rest/executions/${id}/stop`),
  }
}
