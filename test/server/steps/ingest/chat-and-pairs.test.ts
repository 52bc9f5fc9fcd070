import { DuckDBInstance } from '@duckdb/node-api'
import { join } from 'node:path'
import { readRows, workspace, type Workspace } from './workspace'

let space: Workspace
beforeEach(() => (space = workspace()))
afterEach(() => space.close())

const chat = (prompt: string, answer: string) =>
  JSON.stringify({
    messages: [
      { role: 'user', content: prompt },
      { role: 'assistant', content: answer, weight: 1 },
    ],
  })

test('OpenAI chat rows keep their weights, tools and metadata', async () => {
  const tools = [{ type: 'function', function: { name: 'price', parameters: {} } }]
  const line = JSON.stringify({
    messages: [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What does it ' },
          { type: 'text', text: 'cost?' },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'price', arguments: '{}' } }],
      },
      { role: 'tool', content: '12', tool_call_id: 'c1' },
      { role: 'assistant', content: 'It costs twelve euros.', weight: 0 },
    ],
    tools,
    metadata: { ticket: 7 },
  })
  const { train, report } = await space.ingest(space.file('chat.jsonl', `\uFEFF${line}\r\n\r\n`))
  const [row] = readRows(train.path)
  expect(row).toMatchObject({ tools, metadata: { ticket: 7, language: 'en' } })
  expect(row?.messages[1]?.content).toBe('What does it cost?')
  expect(row?.messages[4]?.weight).toBe(0)
  expect(report).toMatchObject({ rows_in: 1, rows_kept: 1, products: null })
})

test('a bad line is named by its exact number', async () => {
  // a stated language spares the detection of 70,000 others
  const row = (index: number) => ({
    messages: [
      { role: 'user', content: `${index}?` },
      { role: 'assistant', content: 'yes' },
    ],
    metadata: { language: 'en' },
  })
  const lines = Array.from({ length: 70_000 }, (_unused, index) => JSON.stringify(row(index)))
  const file = space.file('chat.jsonl', [...lines, '{"messages": [', ...lines.slice(0, 10)].join('\n'))
  await expect(space.ingest(file)).rejects.toMatchObject({
    code: 'invalid_row',
    message: expect.stringMatching(/^chat\.jsonl line 70001: not valid JSON/),
    hint: expect.stringContaining('skip_invalid_percentage'),
  })
}, 60_000)

test('bad lines within the allowed share are dropped and reported, more end the step', async () => {
  const lines = Array.from({ length: 98 }, (_unused, index) => chat(`question ${index}`, `answer ${index}`))
  const file = space.file(
    'chat.jsonl',
    [...lines, '[1]', '{"messages": [{"role": "user", "content": "x"}]}'].join('\n'),
  )
  const { report } = await space.ingest(file, { skip_invalid_percentage: 2 })
  expect(report).toMatchObject({ rows_in: 100, rows_kept: 98, rows_dropped: { invalid_row: 1, wrong_role: 1 } })
  expect(report.first_problems).toHaveLength(2)
  const worse = space.file('worse.jsonl', [...lines, '[1]', '{}', '{}'].join('\n'))
  await expect(space.ingest(worse, { skip_invalid_percentage: 2 })).rejects.toMatchObject({
    code: 'invalid_row',
    message: expect.stringContaining('3 of 101 rows (3.0 %)'),
  })
})

test.each([
  ['wrong_role', { messages: [{ role: 'bot', content: 'x' }] }, /messages\[0\]\.role is "bot"/],
  ['wrong_role', { messages: [{ role: 'user', content: 'x' }] }, /no message of the role assistant/],
  [
    'empty_completion',
    {
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: ' ' },
      ],
    },
    /empty/,
  ],
  ['invalid_row', { messages: [] }, /at least one message/],
  ['invalid_row', { messages: [{ role: 'assistant', content: 'x', weight: 3 }] }, /weight/],
])('a chat row with %s is refused with the reason', async (code, row, message) => {
  await expect(space.ingest(space.file('chat.jsonl', JSON.stringify(row)))).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  })
})

test('prompt and completion are read from CSV, JSON arrays and Parquet alike', async () => {
  const pairs = [
    { prompt: 'Say "hi"', completion: 'Hello,\nfriend' },
    { prompt: 'Count', completion: 'One; two' },
  ]
  const csv = space.file('pairs.csv', 'prompt;completion\r\n"Say ""hi""";"Hello,\nfriend"\r\nCount;"One; two"\r\n')
  const json = space.file('pairs.json', JSON.stringify(pairs))
  const parquet = { path: join(space.folder, 'pairs.parquet'), filename: 'pairs.parquet' }
  const database = await DuckDBInstance.create(':memory:')
  const connection = await database.connect()
  await connection.run(`COPY (SELECT * FROM read_json('${json.path}')) TO '${parquet.path}'`)
  connection.closeSync()
  for (const source of [csv, json, parquet]) {
    const { train, report } = await space.ingest(source)
    expect(report.formats).toEqual({ [source.filename]: 'prompt-completion' })
    expect(readRows(train.path).map((row) => row.messages.map((message) => message.content))).toEqual(
      pairs.map((pair) => [pair.prompt, pair.completion]),
    )
  }
})

test('a mapping makes prompts and completions of any columns', async () => {
  const file = space.file('faq.csv', 'Question Text,Answer,Area\nHow long?,Two days,Shipping\nHow much?,,Price\n')
  const mapping = {
    prompt: '{{ question_text }} [{{ row["Area"] }}]',
    completion: '{{ Answer }}',
    system: 'You answer about {{ area }}.',
  }
  await expect(space.ingest(file, { mapping })).rejects.toMatchObject({
    code: 'empty_completion',
    message: expect.stringContaining('faq.csv row 2'),
  })
  const { train } = await space.ingest(file, { mapping, skip_invalid_percentage: 50 })
  expect(readRows(train.path)[0]?.messages.map((message) => message.content)).toEqual([
    'You answer about Shipping.',
    'How long? [Shipping]',
    'Two days',
  ])
  await expect(space.ingest(file, { mapping: { ...mapping, prompt: '{{ question' } })).rejects.toMatchObject({
    code: 'invalid_template',
  })
})
