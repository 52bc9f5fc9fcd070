/**
 * Imports go one way. Each rule says why it is there; a rule that is in the way is changed with a reason written
 * under docs/decisions/, not silenced.
 */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: `^server/(?:${from})(?:/|\\.ts$)` },
  to: { path: '^server/', pathNot: `^server/(?:${[from, ...allowed].join('|')})(?:/|\\.ts$)` },
})

const never = (name, from, to, comment) => ({ name, comment, severity: 'error', from, to })

module.exports = {
  forbidden: [
    never('no-cycles', {}, { circular: true }, 'A cycle has no first file to read; cut it where the weaker need is.'),
    only('contract-stands-alone', 'contract', [], 'The contract is generated from and shared by every side.'),
    never(
      'contract-imports-only-zod',
      { path: '^server/contract/(?!generate)' },
      { dependencyTypes: ['npm', 'npm-dev', 'npm-optional'], pathNot: 'node_modules/zod' },
      'The contract must load in the browser, the CLI and the generator: zod and nothing else.',
    ),
    only('client-knows-the-contract', 'client', ['contract'], 'The client is what others use to reach the server.'),
    only('cli-goes-through-the-client', 'cli', ['client', 'contract'], 'What the shell can do, the API can do.'),
    only('console-knows-the-contract', 'console', ['contract'], 'What the console can do, the API can do.'),
    never(
      'console-takes-types-of-the-contract',
      { path: '^server/console/' },
      { path: '^server/(?!console/)', dependencyTypesNot: ['type-only'] },
      'The browser loads no zod: the contract reaches it as types, and as the generated route table.',
    ),
    never(
      'console-stands-alone',
      { path: '^server/(?!console/)' },
      { path: '^server/console/' },
      'The server serves the built console as files.',
    ),
    only('queue-knows-the-contract', 'queue', ['contract'], 'The broker can be exchanged without touching the jobs.'),
    only(
      'engines-know-the-contract',
      'engines',
      ['contract'],
      'An engine is a child process, not a part of the server.',
    ),
    only(
      'outgoing-knows-the-contract',
      'outgoing',
      ['contract'],
      'The address check serves the worker, webhooks and callbacks, and knows none of them.',
    ),
    only('airflow-stands-alone', 'airflow', [], 'The client of Airflow could be published as it is.'),
    only('storage-knows-the-contract', 'storage', ['contract'], 'SQL serves everyone and knows no one.'),
    never(
      'bullmq-only-in-queue',
      { path: '^(server|test)/', pathNot: '^(server|test/server)/queue/' },
      { path: 'node_modules/bullmq' },
      'BullMQ stays behind one interface; its PostgreSQL backend is young.',
    ),
    never(
      'http-does-no-work',
      { path: '^server/http/' },
      { path: '^server/(workers|engines|cli|client)/|\\.handler\\.ts$' },
      'A route validates, calls and replies; the work happens in a worker.',
    ),
    never(
      'jobs-look-down',
      { path: '^server/jobs/' },
      { path: '^server/(http|workers|engines|client|cli|gateway|deployments)/|\\.handler\\.ts$' },
      'The lifecycle of a job depends on queue, storage and webhooks; nobody imports upward.',
    ),
    never(
      'storage-users-look-down',
      { path: '^server/(connections|deployments|gateway|ledger)/' },
      { path: '^server/(http|workers|client|cli|jobs|queue)/|\\.handler\\.ts$' },
      'Connections, deployments, gateway and ledger stand on storage; nobody imports upward.',
    ),
    only(
      'webhooks-look-down',
      'webhooks',
      ['contract', 'storage', 'outgoing'],
      'Sending is a service of others: whom to tell, and what an answer means, is theirs.',
    ),
    never(
      'workers-use-the-client',
      { path: '^server/workers/' },
      { path: '^server/(http|storage|queue|jobs|deployments|gateway|cli)/' },
      'A worker may run on another machine: it reaches the server only through the client.',
    ),
    never(
      'steps-are-independent',
      { path: '^server/steps/([^/.]+)' },
      { path: '^server/steps/([^/.]+)', pathNot: '^server/steps/($1|handler|definitions|ingest/)' },
      'A step can be read, changed and removed alone; shared work goes into an own folder: the ports of a handler, and the readers of ingest.',
    ),
    never(
      'handlers-get-ports-as-arguments',
      { path: '\\.handler\\.ts$' },
      {
        path: '^server/(engines|storage|queue|jobs|http|workers|deployments|gateway)/',
        dependencyTypesNot: ['type-only'],
      },
      'A handler receives engines, meter and blobs, so that a test can hand it others; importing their types is fine.',
    ),
    never(
      'e2e-goes-through-the-client',
      { path: '^test/e2e/' },
      { path: '^server/', pathNot: '^server/(client|contract|console)/' },
      'An end-to-end test sees what a user sees; and what the console makes of it is among that.',
    ),
    never(
      'nodes-stand-alone',
      { path: '^(nodes|credentials)/' },
      { path: '^(server|test|scripts)/' },
      'The n8n package meets the server by HTTP only; what it knows of the contract is generated into nodes/shared.',
    ),
    never(
      'nodes-share-through-shared',
      { path: '^nodes/([^/]+)/' },
      { path: '^nodes/', pathNot: '^nodes/(?:$1|shared)/' },
      'A node can be read, changed and removed alone.',
    ),
    never(
      'nodes-need-only-n8n',
      { path: '^(nodes|credentials)/' },
      { dependencyTypes: ['npm', 'npm-dev', 'npm-optional'], pathNot: 'node_modules/n8n-workflow' },
      'The package has no runtime dependency; n8n brings n8n-workflow and its SDK.',
    ),
    never(
      'tests-are-not-shipped',
      { path: '^server/' },
      { path: '^test/' },
      'Product code that needs test code is not finished.',
    ),
    never('no-missing-imports', { path: '^(server|test)/' }, { couldNotResolve: true }, 'It would fail at run time.'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^server/(dist|python|node_modules)|^server/engines/llama|^dist/|^test/nodes/engine/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'server/tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'types'] },
  },
}
