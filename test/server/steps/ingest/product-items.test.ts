import { fixture, readRows, workspace, type Workspace } from './workspace'

/* Products as a shop's REST interface gives them: n8n's WooCommerce and Shopify nodes hand on these items unchanged. */
let space: Workspace
beforeEach(() => (space = workspace()))
afterEach(() => space.close())

const texts = (path: string): string[][] =>
  readRows(path).map(({ messages }) => messages.map(({ content }) => content ?? ''))

test('items of the WooCommerce node are known by their fields and become rows as those of its export', async () => {
  const template = '{{ name }} ({{ tags }}) {{ attributes.Size }} {{ attributes.Origin }} {{ status }}'
  const options = { product_texts: { prompt_template: template } }
  const items = await space.ingest(fixture('woocommerce-products.json'), options)
  const exported = await space.ingest(fixture('woocommerce-coffee.csv'), options)

  expect(items.report).toMatchObject({
    formats: { 'woocommerce-products.json': 'woocommerce-products' },
    products: 2,
    variant_rows: 1,
    rows_kept: 2,
  })
  expect(texts(items.train.path)[0]).toEqual(texts(exported.train.path)[0])
  expect(readRows(items.train.path).map(({ metadata }) => metadata)).toMatchObject([
    { product_id: 'COF-001', title: 'Yirgacheffe Konga', facts: ['Size: 250 g, 1 kg', 'Origin: Ethiopia'] },
    { product_id: '112', status: 'draft' },
  ])
  expect(texts(items.train.path)[1]?.[1]).toBe('0.1 g, with a timer.')
})

test('items of the Shopify node are known by their fields and become rows as those of its export', async () => {
  const template =
    '{{ title }} of {{ vendor }}{% for name, values in attributes.items() %} | {{ name }}: {{ values }}{% endfor %}'
  const options = { product_texts: { prompt_template: template } }
  const items = await space.ingest(fixture('shopify-products.json'), options)
  const exported = await space.ingest(fixture('shopify-bikes.csv'), options)

  expect(items.report).toMatchObject({ formats: { 'shopify-products.json': 'shopify-products' }, rows_kept: 2 })
  expect(texts(items.train.path)[0]).toEqual(texts(exported.train.path)[0])
  expect(texts(items.train.path)[1]?.[0]).toBe('Front Light Glimm of Velo Linde')
  expect(readRows(items.train.path).map(({ metadata }) => metadata)).toMatchObject([
    { product_id: 'city-bike-linden', status: 'active' },
    { product_id: 'front-light-glimm', status: 'draft' },
  ])
})

test('lists of a product are texts in a template', async () => {
  const { train } = await space.ingest(fixture('woocommerce-products.json'), {
    product_texts: { prompt_template: '{{ categories }}; {{ images }}' },
  })

  expect(texts(train.path)[0]?.[0]).toBe('Filter; https://roastery.example/COF-001.jpg')
})
