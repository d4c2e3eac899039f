import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import { anEvent, aPlacedOrder, aPrice, aQuestion, aQuote, aTier, eur } from '$lib/fixtures'
import { orderKey } from '$lib/keys'
import { Purchase, type Arrival } from './purchase.svelte'

function anApi() {
  return {
    event: vi.fn().mockResolvedValue(anEvent()),
    quote: vi.fn().mockResolvedValue(aQuote(1000)),
    place: vi.fn().mockResolvedValue(aPlacedOrder()),
    unlock: vi.fn().mockResolvedValue({ tiers: [], discount: null, questions: [] }),
  }
}

function aPurchase(api = anApi(), event = anEvent(), arrival: Arrival = {}): Purchase {
  const purchase = new Purchase(api, event, arrival, 0)
  purchase.draft.quantities['tier/price'] = 1
  purchase.draft.email = ' kari@example.com '
  purchase.draft.name = 'Kari'
  purchase.follow()
  return purchase
}

const keysOf = (api: ReturnType<typeof anApi>) => api.place.mock.calls.map((call) => call[1] as string)

beforeEach(() => {
  sessionStorage.clear()
  localStorage.clear()
})

describe('placing an order', () => {
  it('sends what was chosen with the total as quoted, and keeps the key of the order', async () => {
    const api = anApi()
    const order = await aPurchase(api).place()
    expect(order?.id).toBe('order')
    expect(api.place.mock.calls[0]?.[2]).toEqual({
      lines: [{ tier_id: 'tier', price_id: 'price', quantity: 1 }],
      buyer: { email: 'kari@example.com', name: 'Kari', language: 'en-US' },
      payment_method: 'card',
      total: eur(1000),
    })
    expect(orderKey('order', '')).toBe('secret')
  })

  it('sends one order on a double click', async () => {
    const api = anApi()
    const purchase = aPurchase(api)
    await Promise.all([purchase.place(), purchase.place()])
    expect(api.place).toHaveBeenCalledOnce()
  })

  it('repeats the key after a reload and after an answer that was lost', async () => {
    const api = anApi()
    api.place.mockRejectedValueOnce(new Problem(0, 'offline', 'No connection'))
    const purchase = aPurchase(api)
    expect(await purchase.place()).toBeUndefined()
    expect(purchase.problem?.code).toBe('offline')
    const reloaded = new Purchase(api, anEvent(), {}, 0)
    reloaded.follow()
    expect(await reloaded.place()).toBeDefined()
    const [first, second] = keysOf(api)
    expect(second).toBe(first)
  })

  it('starts a new order when the one it would repeat has ended', async () => {
    const api = anApi()
    api.place.mockResolvedValueOnce(aPlacedOrder({ id: 'old', status: 'expired' }))
    const order = await aPurchase(api).place()
    expect(order?.id).toBe('order')
    expect(new Set(keysOf(api)).size).toBe(2)
  })

  it('says what is missing, sends nothing, and takes it back as it is filled in', async () => {
    const api = anApi()
    const purchase = aPurchase(api)
    purchase.draft.email = 'kari'
    purchase.draft.name = ''
    expect(purchase.fault('buyer.email')).toBeUndefined()
    expect(await purchase.place()).toBeUndefined()
    expect(purchase.fault('buyer.email')).toBeDefined()
    expect(purchase.fault('buyer.name')).toBeDefined()
    expect(api.place).not.toHaveBeenCalled()
    purchase.draft.name = 'Kari'
    expect(purchase.fault('buyer.name')).toBeUndefined()
  })

  it('asks for an address only where a chosen tier needs one, and for the company only on an invoice', async () => {
    const tier = aTier({ address_required: true, prices: [aPrice({ payment_methods: ['card', 'invoice'] })] })
    const api = anApi()
    api.quote.mockResolvedValue(aQuote(1000, { payment_methods: ['card', 'invoice'] }))
    const purchase = aPurchase(api, anEvent([tier]))
    purchase.draft.method = 'invoice'
    await purchase.place()
    expect(purchase.fault('buyer.address.city')).toBeDefined()
    expect(purchase.fault('billing.company')).toBeDefined()
  })
})

describe('a refused order', () => {
  it('keeps what was typed and shows the new price when the price has changed', async () => {
    const dearer = anEvent([aTier({ prices: [aPrice({ amount: eur(1200) })] })])
    const api = anApi()
    api.place.mockRejectedValueOnce(new Problem(409, 'price_changed', 'The total has changed'))
    api.event.mockResolvedValue(dearer)
    const purchase = aPurchase(api)
    api.quote.mockResolvedValueOnce(aQuote(1000)).mockResolvedValue(aQuote(1200))
    await purchase.place()
    expect((await purchase.quote.settled())?.total).toEqual(eur(1200))
    expect(purchase.problem?.code).toBe('price_changed')
    expect(purchase.draft).toMatchObject({ name: 'Kari', quantities: { 'tier/price': 1 } })
    await purchase.place()
    expect(api.place.mock.calls[1]?.[2]).toMatchObject({ total: eur(1200) })
    const [first, second] = keysOf(api)
    expect(second).not.toBe(first)
  })

  it('keeps the choice and names the line when it is sold out, until the choice changes', async () => {
    const api = anApi()
    const faults = [{ field: 'lines[0].quantity', message: 'None is left' }]
    api.place.mockRejectedValueOnce(new Problem(409, 'sold_out', 'Sold out', faults))
    api.event.mockResolvedValue(anEvent([aTier({ state: 'sold_out' })]))
    const purchase = aPurchase(api)
    await purchase.place()
    expect(purchase.tickets).toBe(1)
    expect(purchase.lineFault('tier/price')).toBe('None is left')
    expect(purchase.placing).toBe(false)
    purchase.draft.quantities['tier/price'] = 0
    purchase.follow()
    expect(purchase.problem).toBeUndefined()
  })
})

describe('what is asked', () => {
  const reference = aQuestion({ id: 'reference', required: true })
  const diet = aQuestion({ asked_of: 'attendee', required: true })
  const kari = { name: 'Kari', email: 'kari@example.com', answers: { diet: 'Vegan' } }

  it('is answered with the order, by order and by who attends', async () => {
    const api = anApi()
    const purchase = aPurchase(api, anEvent([aTier()], { questions: [reference, diet] }))
    purchase.draft.answers.reference = ' PO 7 '
    purchase.draft.attendees['tier/price'] = [kari, { ...kari, name: 'Left over' }]
    await purchase.place()
    expect(api.place.mock.calls[0]?.[2]).toMatchObject({
      lines: [{ tier_id: 'tier', holders: [{ ...kari, answers: { diet: 'Vegan' } }] }],
      answers: { reference: 'PO 7' },
    })
    expect(api.quote.mock.calls[0]?.[1]).toEqual({
      lines: [{ tier_id: 'tier', price_id: 'price', quantity: 1 }],
    })
  })

  it('is said where it is missing, and not at the tier', async () => {
    const api = anApi()
    const purchase = aPurchase(api, anEvent([aTier()], { questions: [reference, diet] }))
    expect(await purchase.place()).toBeUndefined()
    for (const field of [
      'answers.reference',
      'lines[0].holders[0].name',
      'lines[0].holders[0].answers.diet',
    ]) {
      expect(purchase.fault(field)).toBeDefined()
    }
    expect(purchase.lineFault('tier/price')).toBeUndefined()
    expect(api.place).not.toHaveBeenCalled()
  })

  it('leaves nobody named where nothing has to be answered', async () => {
    const api = anApi()
    const optional = aQuestion({ asked_of: 'attendee' })
    await aPurchase(api, anEvent([aTier()], { questions: [optional] })).place()
    expect(api.place.mock.calls[0]?.[2]).toMatchObject({
      lines: [{ tier_id: 'tier', price_id: 'price', quantity: 1 }],
    })
  })

  it('is also what a code opens', async () => {
    const api = anApi()
    const named = { ...reference, tier_ids: ['tier'] }
    api.unlock.mockResolvedValue({ tiers: [aTier()], discount: null, questions: [named] })
    const purchase = aPurchase(api)
    expect(purchase.asks).toBe(false)
    await purchase.addCode('AURORA')
    expect(purchase.questions).toEqual([named])
  })
})

describe('what opens more', () => {
  const crew = aTier({
    id: 'crew',
    prices: [aPrice({ id: 'free', amount: eur(0), payment_methods: ['free'] })],
  })

  it('is a code: it is kept, sent with the order, and shows its tickets', async () => {
    const api = anApi()
    api.unlock.mockResolvedValue({ tiers: [crew], discount: null, questions: [] })
    const purchase = aPurchase(api)
    expect(await purchase.addCode('AURORA')).toBeUndefined()
    expect(purchase.event.categories.at(-1)?.tiers).toEqual([crew])
    await purchase.place()
    expect(api.place.mock.calls[0]?.[2]).toMatchObject({ code: 'AURORA' })
  })

  it('is not a code that nobody knows', async () => {
    const purchase = aPurchase()
    expect((await purchase.addCode('NOTHING'))?.code).toBe('unknown_code')
    expect(purchase.draft.codes).toEqual([])
  })

  it('is lost with the code, and what was chosen of it too', async () => {
    const api = anApi()
    api.unlock.mockResolvedValue({ tiers: [crew], discount: null, questions: [] })
    const purchase = aPurchase(api)
    await purchase.addCode('AURORA')
    purchase.draft.quantities['crew/free'] = 1
    await purchase.removeCode('AURORA')
    expect(purchase.draft.quantities).toEqual({ 'tier/price': 1 })
    expect(purchase.event.categories).toHaveLength(1)
  })

  it('outlives a reload', async () => {
    const api = anApi()
    api.unlock.mockResolvedValue({ tiers: [crew], discount: null, questions: [] })
    const purchase = aPurchase(api)
    await purchase.addCode('AURORA')
    purchase.draft.quantities['crew/free'] = 1
    purchase.follow()
    const reloaded = new Purchase(api, anEvent(), {}, 0)
    await reloaded.unlock()
    expect(reloaded.choices.map((choice) => choice.id)).toEqual(['tier/price', 'crew/free'])
  })

  it('is an address that is proven, while it is the one that orders', async () => {
    const api = anApi()
    api.unlock.mockResolvedValue({ tiers: [crew], discount: null, questions: [] })
    const proof = { email: 'Kari@Example.com', proof: 'proof' }
    const purchase = aPurchase(api, anEvent(), { proof })
    await purchase.unlock()
    expect(api.unlock).toHaveBeenCalledWith('summer-fair', { email: proof.email, email_proof: 'proof' })
    await purchase.place()
    expect(api.place.mock.calls[0]?.[2]).toMatchObject({ email_proof: 'proof' })
    const other = aPurchase(api, anEvent(), { proof })
    other.draft.email = 'another@example.com'
    await other.place()
    expect(api.place.mock.calls[1]?.[2]).not.toHaveProperty('email_proof')
  })

  it('is no proof that has run out', async () => {
    const api = anApi()
    api.unlock.mockRejectedValue(new Problem(409, 'email_unverified', 'Ask for a new link'))
    const purchase = aPurchase(api, anEvent(), { proof: { email: 'kari@example.com', proof: 'old' } })
    await purchase.unlock()
    expect(purchase.proof).toBeUndefined()
    expect(purchase.choices).toHaveLength(1)
  })
})
