/** A run of a node, as n8n keeps it. */
export interface TaskData {
  error?: { message: string; description?: string | null }
  data?: { main: ({ json: Record<string, unknown>; pairedItem?: unknown }[] | null)[] }
}

/**
 * The runs of all nodes in what n8n's REST interface gives as an execution's `data`: one array, in which each object
 * names its members by their places in it ("flatted").
 */
export const taskData = (data: string): Record<string, TaskData[]> => {
  const { resultData } = unflatten(data) as { resultData?: { runData?: Record<string, TaskData[]> } }
  return resultData?.runData ?? {}
}

const unflatten = (text: string): unknown => {
  const flat = JSON.parse(text) as unknown[]
  const made = new Map<number, unknown>()
  const at = (place: number): unknown => {
    const value = flat[place]
    if (typeof value !== 'object' || value === null) return value
    if (made.has(place)) return made.get(place)
    const target: unknown[] | Record<string, unknown> = Array.isArray(value) ? [] : {}
    made.set(place, target)
    // only texts are places: numbers, booleans and null stand where they are used
    for (const [name, member] of Object.entries(value as Record<string, unknown>)) {
      Object.assign(target, { [name]: typeof member === 'string' ? at(Number(member)) : member })
    }
    return target
  }
  return at(0)
}
