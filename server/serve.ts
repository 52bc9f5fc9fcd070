import { mkdirSync } from 'node:fs'
import { hostname, networkInterfaces } from 'node:os'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import type { Config } from './config'
import { airflowOpener } from './connections/airflow'
import { sealPlainSecrets } from './connections/rotate-key'
import { secretBox } from './connections/secret-box'
import { openSecretKeys } from './connections/secret-keys'
import { sendToAsset } from './connections/send-to-asset'
import { checkCallable } from './deployments/check-released'
import { checkGate } from './deployments/gate'
import { findModel } from './deployments/find-model'
import { runReconciler } from './deployments/reconcile'
import { resolveTarget, startProblem } from './deployments/resolve-target'
import { touchDeployments } from './deployments/sleep-idle'
import { forgetTraffic, recordTraffic } from './deployments/traffic'
import { openGateway } from './gateway/gateway'
import { ensureKeys } from './http/authenticate'
import { countCollected } from './http/metrics'
import { forgetAnswers } from './http/once'
import { forgetSessions } from './http/sessions'
import { buildServer } from './http/server'
import { expireApprovals } from './jobs/approvals/expire-approvals'
import { followAirflow } from './jobs/airflow/follow'
import { dispatch, reissueLostTickets } from './jobs/dispatcher'
import { cancelOrphans, lapseFollowers } from './jobs/followers/lapse'
import { sendCallbacks } from './jobs/groups/deliver-callbacks'
import { pingCallbacks } from './jobs/groups/ping-callbacks'
import type { ModelPorts } from './jobs/prepare-input'
import { runSchedules } from './jobs/schedules'
import { listenForSignals } from './jobs/signals'
import { enforceLimits, loseExpiredLeases } from './jobs/watch'
import { tellBudgets } from './ledger/budget'
import { chargeServedTokens } from './ledger/charge-served-tokens'
import { createOutgoingHttp } from './outgoing/http'
import { brokerMigrations, openBroker } from './queue/broker'
import { repeat } from './repeat'
import { folderBlobs } from './storage/blobs'
import { collectBlobs } from './storage/collect-blobs'
import { openDatabase } from './storage/database'
import { migrate } from './storage/migrate'
import { sendWebhooks, type Senders } from './webhooks/deliver'
import { fanOutEvents } from './webhooks/fan-out'
import { forgetEvents } from './webhooks/forget-events'
import { sendToAddress, signedPost } from './webhooks/post-signed'

/** `port`: the one it listens on, also when the settings left the choice to the system. */
export interface RunningServer {
  url: string
  port: number
  stop: () => Promise<void>
}

const hostsOf = (config: Config): string[] => [
  'localhost',
  '127.0.0.1',
  '::1',
  config.host,
  ...(config.publicUrl ? [new URL(config.publicUrl).hostname] : []),
  // who binds to all addresses means to be called by any of them
  ...(['0.0.0.0', '::'].includes(config.host)
    ? [hostname(), ...Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? [])]
    : []),
]

/** Says what to do where the address is somebody else's; any other error stays as it is. */
const listenProblem = (cause: unknown, { host, port }: Config): unknown => {
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'EADDRINUSE')
    return new Error(
      `Port ${String(port)} on ${host} is in use by another program. Stop that one, or choose another port with FORGE_PORT (0 takes a free one).`,
      { cause },
    )
  if (code === 'EACCES')
    return new Error(
      `Port ${String(port)} on ${host} may not be used by this account. Choose one above 1023 with FORGE_PORT.`,
      { cause },
    )
  return cause
}

/** Starts the server: migrations, the loops of the job lifecycle and of deployments, and the HTTP API. */
export const serve = async (
  config: Config,
  databaseUrl: string,
  keys: { admin: string; worker: string },
  log: Logger,
): Promise<RunningServer> => {
  const onError = (error: Error): void => {
    log.warn({ err: error }, 'a background step failed; it is tried again')
  }
  const applied = await migrate(databaseUrl, brokerMigrations)
  if (applied.length > 0) log.info({ applied }, 'migrations applied')
  const { db, close } = openDatabase(databaseUrl, { onError })
  await ensureKeys(db, [
    { name: 'admin', key: keys.admin, scopes: ['admin', 'read', 'write', 'generate', 'approve', 'worker'] },
    { name: 'worker', key: keys.worker, scopes: ['worker', 'generate', 'read'] },
  ])
  mkdirSync(config.blobDir, { recursive: true })
  const broker = openBroker(databaseUrl, onError)
  const signals = listenForSignals(databaseUrl, onError)
  const stopping = new AbortController()
  const { prices, lease } = config
  const gateway = openGateway({
    db,
    signals,
    onError,
    deployments: {
      resolveTarget: (call) => resolveTarget(db, call),
      startProblem: (id) => startProblem(db, id),
      touch: (ids) => touchDeployments(db, ids),
    },
    // both or none: what is refused comes again
    onTokens: (served) =>
      db.transaction().execute(async (tx) => {
        await chargeServedTokens(tx, served, prices.currency)
        await recordTraffic(tx, served)
      }),
  })
  const watch = { prices, ...lease }
  const blobs = folderBlobs(config.blobDir)
  const models: ModelPorts = {
    findModel,
    checkCallable,
    checkGate: async (tx, projectId, input) => {
      await checkGate(tx, projectId, input)
    },
  }
  const outgoing = createOutgoingHttp({ allow: config.outgoingAllow, timeout_ms: 10_000, maxAnswerBytes: 65_536 })
  const secretKeys = openSecretKeys({
    dataDir: config.dataDir,
    given: config.secretKey,
    previous: config.previousSecretKey,
  })
  const sealed = await sealPlainSecrets(db, secretKeys)
  if (sealed > 0) log.info({ sealed }, 'signing secrets that were stored plain are encrypted now')
  const box = secretBox(secretKeys)
  const postSigned = signedPost(db, outgoing, box)
  const openAirflow = airflowOpener(secretKeys, config.outgoingAllow)
  const airflow = followAirflow(db, openAirflow, onError)
  const senders: Senders = {
    http: sendToAddress(outgoing, box),
    airflow: sendToAsset(db, openAirflow),
  }
  const webhooks = sendWebhooks(db, senders, onError)
  const callbacks = sendCallbacks(db, postSigned, { stop: stopping.signal, onError })
  const app = await buildServer(
    {
      postSigned,
      secretBox: box,
      openAirflow,
      senders,
      db,
      broker,
      blobs,
      signals,
      gateway,
      secretKeys,
      probe: { allow: config.outgoingAllow, hubUrl: config.hubUrl },
      prices,
      log,
      lease,
      publicUrl: config.publicUrl,
      uploadLimitBytes: config.uploadLimitBytes,
      stopping: stopping.signal,
      models,
    },
    { log, allowedHosts: hostsOf(config), uploadLimitBytes: config.uploadLimitBytes },
  )

  // workers that kept working while no server or no database was there get one lease length to say so
  let reachableSince = Date.now()
  const loops = [
    repeat('dispatch', () => dispatch(db, broker), {
      wake: (ms) => signals.wait(['outbox'], ms, stopping.signal),
      everyMs: 1000,
      stop: stopping.signal,
      onError,
    }),
    repeat(
      'watch',
      async () => {
        try {
          await enforceLimits(db, watch)
        } catch (error) {
          reachableSince = Date.now()
          throw error
        }
        if (Date.now() - reachableSince > lease.leaseSeconds * 1000) await loseExpiredLeases(db, watch)
      },
      {
        wake: (ms) => signals.wait([], ms, stopping.signal),
        everyMs: Math.min(2000, lease.leaseSeconds * 250),
        stop: stopping.signal,
        onError,
      },
    ),
    repeat(
      'followers',
      async () => {
        const upSeconds = (Date.now() - reachableSince) / 1000
        await lapseFollowers(db, upSeconds)
        await cancelOrphans(db, upSeconds)
      },
      {
        wake: (ms) => signals.wait([], ms, stopping.signal),
        everyMs: 2000,
        stop: stopping.signal,
        onError,
      },
    ),
    repeat('approvals', () => expireApprovals(db), {
      wake: (ms) => signals.wait([], ms, stopping.signal),
      everyMs: 1000,
      stop: stopping.signal,
      onError,
    }),
    repeat('budgets', () => tellBudgets(db), {
      wake: (ms) => signals.wait([], ms, stopping.signal),
      everyMs: 10_000,
      stop: stopping.signal,
      onError,
    }),
    repeat('schedules', () => runSchedules(db, models), {
      wake: (ms) => signals.wait([], ms, stopping.signal),
      everyMs: 1000,
      stop: stopping.signal,
      onError,
    }),
    repeat(
      'collect',
      async () => {
        countCollected(await collectBlobs(db, blobs, stopping.signal))
        await forgetAnswers(db)
        await forgetSessions(db)
        await forgetTraffic(db)
        await forgetEvents(db, config.eventRetentionDays, stopping.signal)
      },
      {
        wake: (ms) => signals.wait([], ms, stopping.signal),
        everyMs: 3_600_000,
        stop: stopping.signal,
        onError,
      },
    ),
    repeat('reissue', () => reissueLostTickets(db, broker), {
      wake: (ms) => signals.wait([], ms, stopping.signal),
      everyMs: 10_000,
      stop: stopping.signal,
      onError,
    }),
    repeat('callbacks', () => callbacks.turn(), {
      wake: (ms) => signals.wait(['callback'], ms, stopping.signal),
      everyMs: 1000,
      stop: stopping.signal,
      onError,
    }),
    repeat('events', () => fanOutEvents(db), {
      wake: (ms) => signals.wait(['event'], ms, stopping.signal),
      everyMs: 1000,
      stop: stopping.signal,
      onError,
    }),
    repeat('webhooks', () => webhooks.turn(), {
      wake: (ms) => signals.wait(['webhook'], ms, stopping.signal),
      everyMs: 1000,
      stop: stopping.signal,
      onError,
    }),
    repeat('airflow', () => airflow.turn(), {
      wake: (ms) => signals.wait(['outbox'], ms, stopping.signal),
      everyMs: 1000,
      stop: stopping.signal,
      onError,
    }),
    repeat('pings', () => pingCallbacks(db, postSigned), {
      wake: (ms) => signals.wait([], ms, stopping.signal),
      everyMs: 1000,
      stop: stopping.signal,
      onError,
    }),
    runReconciler({
      db,
      signals,
      busy: () => gateway.busy(),
      drainSeconds: config.drainSeconds,
      onError,
      stop: stopping.signal,
    }),
  ]
  await app.listen({ host: config.host, port: config.port }).catch((error: unknown) => {
    throw listenProblem(error, config)
  })
  const { port } = app.server.address() as AddressInfo
  const url =
    config.publicUrl ?? `http://${['0.0.0.0', '::'].includes(config.host) ? '127.0.0.1' : config.host}:${String(port)}`
  if (!['127.0.0.1', '::1', 'localhost'].includes(config.host))
    log.warn(`listening on ${config.host} without TLS: put a TLS proxy in front, keys travel in every request`)
  log.info({ url }, 'server is ready')

  let stopped: Promise<void> | undefined
  return {
    url,
    port,
    stop: () =>
      (stopped ??= (async () => {
        stopping.abort()
        await app.close()
        await Promise.all(loops)
        await airflow.settled()
        await webhooks.settled()
        await callbacks.settled()
        await gateway.close()
        await broker.close()
        await signals.close()
        await close()
      })()),
  }
}
