#!/usr/bin/env node
import { join } from 'node:path'
import { Command } from 'commander'
import pino from 'pino'
import { buildProgram } from './cli/program'
import { createClient } from './client/client'
import { ConfigurationError, readConfig } from './config'
import { routes } from './contract/routes'
import { installationKeys } from './keys'
import { exitWhenParentDies } from './parent-watch'
import { serve } from './serve'
import { start } from './start'
import { configurationErrorCode } from './supervisor/child'
import { work } from './work'
import { demo } from './demo'

/** The folder of the checkout: relative paths in settings begin here, wherever a command is called from. */
const root = join(__dirname, '..', '..')

const stopOnSignals = (stop: () => Promise<void>): void => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void stop().then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error)
          process.exit(1)
        },
      )
    })
  }
}

const main = async (): Promise<void> => {
  const config = readConfig(process.env, root)
  // logs go to stderr: stdout belongs to the ready line and to answers
  const log = pino({ level: config.logLevel, base: null }, pino.destination(2))
  const keys = () => installationKeys(config.dataDir, config)
  const supervised = (): void => {
    if (process.argv.includes('--supervised')) exitWhenParentDies()
  }
  const program: Command = buildProgram({
    serverUrl: config.serverUrl ?? `http://127.0.0.1:${String(config.port)}`,
    apiKey: config.apiKey ?? keys().admin,
    out: process.stdout,
    isTerminal: process.stdout.isTTY,
  })
  program
    .command('serve')
    .description('the server alone, on FORGE_DATABASE_URL')
    .option('--supervised', 'end when stdin closes')
    .action(async () => {
      supervised()
      if (config.databaseUrl === undefined)
        throw new ConfigurationError(
          'FORGE_DATABASE_URL: `forge serve` needs a PostgreSQL; `forge start` brings its own.',
        )
      const server = await serve(config, config.databaseUrl, keys(), log)
      stopOnSignals(server.stop)
      process.stdout.write(`${JSON.stringify({ ready: true, url: server.url, port: server.port })}\n`)
    })
  program
    .command('work')
    .description('a worker alone, for FORGE_SERVER_URL with FORGE_WORKER_KEY')
    .option('--supervised', 'end when stdin closes')
    .action(async () => {
      supervised()
      if (config.serverUrl === undefined)
        throw new ConfigurationError('FORGE_SERVER_URL: `forge work` needs the address of a server.')
      const worker = await work(config, { serverUrl: config.serverUrl, key: keys().worker, root, log })
      stopOnSignals(worker.stop)
      process.stdout.write(`${JSON.stringify({ ready: true })}\n`)
    })
  program
    .command('start')
    .description('server, worker and embedded PostgreSQL on this machine')
    .action(async () => {
      const running = await start(config, {
        environment: process.env,
        entry: __filename,
        log: (part, line) => process.stderr.write(`${part.padEnd(10)} ${line}\n`),
      })
      const { admin, created } = keys()
      const link = await createClient({ baseUrl: running.url, apiKey: admin }).call(routes.createSignInLink, {
        body: { expires_in_seconds: 3600 },
      })
      console.log(
        `Forge is ready at ${running.url}\n  console         ${link.url}\n                  signs you in once, within an hour; \`npm run forge -- sign-in\` makes another\n  API reference   ${running.url}/docs\n  data            ${config.dataDir}`,
      )
      console.log(
        created || config.adminKey === undefined
          ? `  admin key       ${admin}`
          : '  admin key       as in FORGE_ADMIN_KEY',
      )
      await running.done
    })
  program
    .command('demo')
    .description('the whole way on the example: data, tuned model, evaluation, deployment, texts')
    .action(async () => {
      process.exitCode = await demo(config, { environment: process.env, entry: __filename, root })
    })
  await program.parseAsync()
}

main().catch((error: unknown) => {
  if (error instanceof ConfigurationError) {
    console.error(error.message)
    process.exit(configurationErrorCode)
  }
  console.error(error instanceof Error && process.env['FORGE_LOG_LEVEL'] !== 'debug' ? error.message : error)
  process.exit(1)
})
