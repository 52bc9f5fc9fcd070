/** A child that cannot end tidily within this time after its parent's death ends anyway. */
const patience_ms = 10_000

/**
 * Ends this process when the supervisor that started it is gone, however it went: the supervisor holds the other end
 * of our stdin, which the operating system closes for it. Asks politely first (SIGTERM to ourselves, so the ordinary
 * tidy end runs), then exits. Call it only in a process started by the supervisor: elsewhere stdin may be closed from
 * the beginning.
 */
export function exitWhenParentDies(): void {
  process.stdin.once('end', end)
  process.stdin.once('close', end)
  process.stdin.once('error', end)
  process.stdin.resume()
}

let ending = false

function end(): void {
  if (ending) return
  ending = true
  setTimeout(() => process.exit(1), patience_ms).unref()
  process.kill(process.pid, 'SIGTERM')
}
