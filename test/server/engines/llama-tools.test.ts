import { z } from 'zod'
import { startLlamaEngine, type LlamaEngine } from '../../support/llama-engine'

/* Tool calls of the real engine with the real small model: what it chooses is its own, that it is valid is ours. */
let llama: LlamaEngine
beforeAll(async () => {
  llama = await startLlamaEngine()
}, 60_000)
afterAll(() => llama.stop())
jest.setTimeout(120_000)

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather in a city now',
    parameters: {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      properties: { city: { type: 'string', maxLength: 30 }, unit: { enum: ['celsius', 'fahrenheit'] } },
      required: ['city', 'unit'],
      additionalProperties: false,
    },
  },
}
const list = { type: 'function', function: { name: 'list_models', description: 'The models that exist' } }
const argumentsOf = {
  get_weather: z.strictObject({ city: z.string().max(30), unit: z.enum(['celsius', 'fahrenheit']) }),
  list_models: z.strictObject({}),
}
const question = [{ role: 'user', content: 'What is the weather in Paris?' }]

const call = z.object({
  id: z.string().startsWith('call_'),
  type: z.literal('function'),
  function: z.object({ name: z.enum(['get_weather', 'list_models']), arguments: z.string() }),
})
const completion = z.object({
  choices: z.tuple([
    z.object({
      message: z.object({ content: z.string().nullable(), tool_calls: z.array(call).optional() }),
      finish_reason: z.string(),
    }),
  ]),
})
const body = (more: object) => ({
  messages: question,
  temperature: 0,
  max_tokens: 120,
  tools: [weather, list],
  ...more,
})
const chat = async (more: object) => {
  const [choice] = completion.parse(await (await llama.post('/v1/chat/completions', body(more))).json()).choices
  const { content, tool_calls = [] } = choice.message
  return { content, calls: tool_calls, reason: choice.finish_reason }
}
const refusal = async (more: object) => {
  const reply = await llama.post('/v1/chat/completions', body(more))
  const error = z.object({
    code: z.string(),
    message: z.string(),
    param: z.string().nullable(),
    hint: z.string().nullable(),
  })
  return { status: reply.status, ...z.object({ error }).parse(await reply.json()).error }
}
const expectValid = ({ name, arguments: json }: z.infer<typeof call>['function']): void => {
  expect(argumentsOf[name].safeParse(JSON.parse(json))).toMatchObject({ success: true })
}

test('required: the answer is calls whose arguments follow their schema', async () => {
  const { content, calls, reason } = await chat({ tool_choice: 'required', parallel_tool_calls: false })

  expect([content, reason, calls.length]).toEqual([null, 'tool_calls', 1])
  for (const made of calls) expectValid(made.function)
})

test('a named tool is the one that is called', async () => {
  const { calls, reason } = await chat({ tool_choice: { type: 'function', function: { name: 'list_models' } } })

  expect(reason).toBe('tool_calls')
  expect(calls.map(({ function: made }) => [made.name, JSON.parse(made.arguments) as object])).toEqual([
    ['list_models', {}],
  ])
})

test('several calls come in one answer, at most four', async () => {
  const { calls } = await chat({ tool_choice: 'required', max_tokens: 400 })

  expect(calls.length).toBeGreaterThan(1)
  expect(calls.length).toBeLessThanOrEqual(4)
  expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length)
})

test('auto: a text or calls, whichever the model chooses', async () => {
  const { content, calls, reason } = await chat({})

  if (calls.length === 0) expect([typeof content, reason]).toEqual(['string', 'stop'])
  else expect([content, reason]).toEqual([null, 'tool_calls'])
  expect(content ?? '').not.toContain('"response"')
})

test('the results of calls are read, and the answer is about them', async () => {
  const made = (id: string, city: string) => ({
    id,
    type: 'function',
    function: { name: 'get_weather', arguments: JSON.stringify({ city, unit: 'celsius' }) },
  })
  const { content, calls } = await chat({
    messages: [
      ...question,
      { role: 'assistant', content: null, tool_calls: [made('call_1', 'Paris')] },
      { role: 'tool', tool_call_id: 'call_1', content: '{"temperature": 21, "sky": "clear"}' },
    ],
  })

  expect(calls).toEqual([])
  expect(content).toMatch(/21|clear/)
})

test.each([{ tool_choice: 'required', parallel_tool_calls: false }, {}])(
  'streamed with %j, the deltas add up to the whole answer',
  async (choice) => {
    const whole = await chat({ ...choice, seed: 1 })

    const reply = await llama.post('/v1/chat/completions', body({ ...choice, seed: 1, stream: true }))
    const events = (await reply.text()).split('\n\n').filter((event) => event !== '')
    expect(events.pop()).toBe('data: [DONE]')
    const delta = z.object({
      content: z.string().nullish(),
      tool_calls: z
        .array(
          z.object({
            index: z.int(),
            id: z.string().optional(),
            function: z.object({ name: z.string().optional(), arguments: z.string() }),
          }),
        )
        .optional(),
    })
    const chunk = z.object({ choices: z.tuple([z.object({ delta, finish_reason: z.string().nullable() })]) })
    const choices = events.map((event) => chunk.parse(JSON.parse(event.slice('data: '.length))).choices[0])
    const parts = choices.flatMap((one) => one.delta.tool_calls ?? [])

    expect(choices.at(-1)?.finish_reason).toBe(whole.reason)
    expect(choices.map((one) => one.delta.content ?? '').join('')).toBe(whole.content ?? '')
    expect(parts.map((part) => part.function.arguments).join('')).toBe(
      whole.calls.map(({ function: made }) => made.arguments).join(''),
    )
    // the first part of a call says which it is, the rest are its arguments
    expect(parts.flatMap((part) => part.function.name ?? [])).toEqual(
      whole.calls.map(({ function: made }) => made.name),
    )
    expect(parts.filter(({ id }) => id !== undefined)).toHaveLength(whole.calls.length)
  },
)

test('without tools, and with tool_choice none, an answer is what it always was', async () => {
  const [plain, none] = [await chat({ tools: undefined }), await chat({ tool_choice: 'none' })]

  expect(none).toEqual(plain)
  expect(plain.reason).not.toBe('tool_calls')
})

test('a schema that the grammar cannot express is refused with the name of its tool and the remedy', async () => {
  const parameters = { type: 'object', properties: { sku: { type: 'string', pattern: '^A' } } }
  const tool = { type: 'function', function: { name: 'find_product', parameters } }

  expect(await refusal({ tools: [weather, tool] })).toMatchObject({
    status: 400,
    code: 'unsupported_parameter',
    param: 'tools[1].function.parameters.properties.sku.pattern',
    message: expect.stringContaining('The tool "find_product" cannot be offered'),
    hint: expect.stringContaining('leave the tool out'),
  })
})

test.each([
  [{ tools: [{ type: 'web_search' }] }, 'unsupported_parameter', 'tools[0].type'],
  [{ tools: [list, list] }, 'invalid_request', 'tools[1].function.name'],
  [{ tools: undefined, tool_choice: 'required' }, 'invalid_request', 'tool_choice'],
  [{ tool_choice: { type: 'function', function: { name: 'nobody' } } }, 'invalid_request', 'tool_choice'],
  [{ stop: ['x'] }, 'unsupported_parameter', 'stop'],
  [{ response_format: { type: 'json_object' } }, 'unsupported_parameter', 'response_format'],
  [{ logprobs: true, temperature: 1 }, 'unsupported_parameter', 'logprobs'],
  [
    { messages: [...question, { role: 'tool', tool_call_id: 'call_9', content: '1' }] },
    'invalid_request',
    'messages[1].tool_call_id',
  ],
])('%j is refused with %s of %s', async (more, code, param) => {
  expect(await refusal(more)).toMatchObject({ status: 400, code, param })
})
