import type { IExecuteFunctions } from 'n8n-workflow'
import { hasEndedFor, readWait, thisRun, writeWait } from '../../nodes/shared/wait-state'

/** A run of the node "Fine-Tune" in an execution, which finds the custom data of another where n8n hands it on. */
const execution = (id: string, values = new Map<string, string>()): IExecuteFunctions =>
  ({
    customData: { get: (key: string) => values.get(key), set: (key: string, value: string) => values.set(key, value) },
    getNode: () => ({ id: 'node 1', name: 'Fine-Tune' }),
    getExecutionId: () => id,
    evaluateExpression: () => 0,
  }) as unknown as IExecuteFunctions

test('what has ended for a run is known when n8n runs the node again', () => {
  const context = execution('5')
  writeWait(context, { phase: 'waiting', groupId: 'group_1', ...thisRun(context) })
  expect(hasEndedFor(readWait(context), thisRun(context))).toBe(false)
  writeWait(context, { phase: 'ended', groupId: 'group_1', ...thisRun(context) })
  expect(hasEndedFor(readWait(context), thisRun(context))).toBe(true)
})

test('what has ended in an execution has not in the one that its Retry starts, though it has the same custom data', () => {
  const values = new Map<string, string>()
  const failed = execution('5', values)
  writeWait(failed, { phase: 'ended', groupId: 'group_1', ...thisRun(failed) })
  const retry = execution('6', values)
  expect(hasEndedFor(readWait(retry), thisRun(retry))).toBe(false)
})

test('a value that no node of Forge wrote is no wait', () => {
  expect(readWait(execution('5', new Map([['forge_wait', 'mine']])))).toBeNull()
  expect(readWait(execution('5'))).toBeNull()
})
