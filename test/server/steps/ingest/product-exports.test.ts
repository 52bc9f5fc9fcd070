import { readProducts } from '../../../../server/steps/ingest/read-products'
import { fixture, readRows, workspace, type Workspace } from './workspace'

let space: Workspace
beforeEach(() => (space = workspace()))
afterEach(() => space.close())

const productTexts = {
  prompt_template: 'Write for {{ channel }} in {{ language }}: {{ title }} ({{ vendor }}). {{ facts | join(", ") }}',
  columns: [
    { column: 'Copy EN Shop', language: 'en', channel: 'shop' },
    { column: 'Copy DE Shop', language: 'de', channel: 'shop' },
  ],
  fact_columns: { en: ['Facts EN'], de: ['Facts DE'] },
}

test('a Shopify export gives one row per product and text column', async () => {
  const { train, validation, report } = await space.ingest(fixture('shopify-bikes.csv'), {
    product_texts: productTexts,
  })

  expect(report).toMatchObject({
    formats: { 'shopify-bikes.csv': 'shopify-products' },
    products: 12,
    rows_kept: 23,
    rows_dropped: { no_text: 1 },
    languages: { en: 12, de: 11 },
    channels: { shop: 23 },
    language_mismatches: 0,
  })
  expect(report.rows_in).toBe(12 + report.variant_rows)
  expect(validation).toBeNull()
  expect(readRows(train.path)[1]).toEqual({
    messages: [
      {
        role: 'user',
        content: 'Write for shop in de: City Bike Linden (Velo Linde). Stahlrahmen, 7-Gang-Nabe, Nabendynamo',
      },
      {
        role: 'assistant',
        content: 'Das Linden bringt dich mit Stahlrahmen, sieben Gängen in der Nabe und Licht vom Dynamo zur Arbeit.',
      },
    ],
    metadata: {
      product_id: 'city-bike-linden',
      title: 'City Bike Linden',
      language: 'de',
      channel: 'shop',
      facts: ['Stahlrahmen', '7-Gang-Nabe', 'Nabendynamo'],
      status: 'active',
    },
  })
})

test('variant rows of a Shopify export are merged into their product', async () => {
  const { train } = await space.ingest(fixture('shopify-bikes.csv'), {
    product_texts: {
      prompt_template: '{{ title }}{% for name, values in attributes.items() %} | {{ name }}: {{ values }}{% endfor %}',
    },
  })
  const prompts = readRows(train.path).map((row) => row.messages[0]?.content)
  expect(prompts[0]).toBe('City Bike Linden | Size: M, L | Color: Sage, Black')
  expect(prompts).toContain('Front Light Glimm')
})

test('without text columns the description is learned, as readable text in its detected language', async () => {
  const { train, report } = await space.ingest(fixture('shopify-bikes.csv'))
  expect(readRows(train.path)[0]?.messages.at(-1)?.content).toBe(
    'A calm bike for short ways, with a steel frame and a hub dynamo.\n\n- 7 gears in the hub\n- Mudguards and rack',
  )
  expect(report).toMatchObject({ rows_kept: 11, rows_dropped: { no_text: 1 } })
})

test('a WooCommerce export keeps products, merges variations and unescapes texts', async () => {
  const { train, report } = await space.ingest(fixture('woocommerce-coffee.csv'), {
    product_texts: { prompt_template: '{{ name }} [{{ categories }}] {{ attributes.Size }} {{ status }}' },
  })
  const rows = readRows(train.path)
  expect(report).toMatchObject({ products: 12, variant_rows: 9, rows_kept: 11, languages: { de: 2, fr: 1 } })
  expect(rows[0]?.messages.map((message) => message.content)).toEqual([
    'Yirgacheffe Konga [Coffee > Filter] 250 g, 1 kg published',
    'Washed coffee from the Konga station in Ethiopia, grown at 1,950 metres.\n\nJasmine, bergamot and white peach in the cup.',
  ])
  expect(rows.find((row) => row.metadata.title === 'Scale Gramm')?.messages.at(-1)?.content).toBe(
    '0.1 g, with a timer.',
  )
})

test('all texts of a product go to the same side of the split', async () => {
  const { train, validation, report } = await space.ingest(fixture('shopify-bikes.csv'), {
    product_texts: productTexts,
    validation_split: 0.3,
  })
  const ids = (path: string) => new Set(readRows(path).map((row) => row.metadata.product_id))
  const held = ids(validation?.path ?? '')
  expect(held.size).toBeGreaterThan(0)
  expect([...ids(train.path)].filter((id) => held.has(id))).toEqual([])
  expect(report.train_rows + report.validation_rows).toBe(report.rows_kept)
})

test('a missing text column is named together with the columns that are there', async () => {
  const columns = [{ column: 'Copy IT Shop', language: 'it', channel: 'shop' }]
  await expect(space.ingest(fixture('shopify-bikes.csv'), { product_texts: { columns } })).rejects.toMatchObject({
    code: 'missing_column',
    message: expect.stringMatching(/no column "Copy IT Shop".*"Copy EN Shop"/),
  })
})

test('a template that uses an unknown column is refused, one that asks first is not', async () => {
  await expect(
    space.ingest(fixture('shopify-bikes.csv'), { product_texts: { prompt_template: '{{ title }} {{ colour_name }}' } }),
  ).rejects.toMatchObject({ code: 'missing_column', message: expect.stringContaining('"colour_name"') })
  const { report } = await space.ingest(fixture('shopify-bikes.csv'), {
    product_texts: { prompt_template: '{{ title }}{% if colour_name %} in {{ colour_name }}{% endif %}' },
  })
  expect(report.rows_kept).toBe(11)
})

test('products can be read one by one without text columns', async () => {
  const products = []
  for await (const product of readProducts(
    fixture('woocommerce-coffee.csv'),
    'woocommerce-products',
    space.folder,
    new AbortController().signal,
  )) {
    products.push(product)
  }
  expect(products).toHaveLength(12)
  expect(products[10]).toMatchObject({
    product_id: 'COF-011',
    title: 'Cup Tonfarbe',
    attributes: { Colour: 'Sand, Slate' },
    variants: 2,
    status: 'published',
  })
})
