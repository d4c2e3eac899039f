import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import { anEvent, aPlacedOrder, aPrice, aQuote, aTier, eur } from '$lib/fixtures'
import { Checkout } from './checkout.svelte'
import { Purchase, type Arrival } from './purchase.svelte'

function anApi() {
  return {
    event: vi.fn().mockResolvedValue(anEvent()),
    quote: vi.fn().mockResolvedValue(aQuote(1000)),
    place: vi.fn().mockResolvedValue(aPlacedOrder()),
    unlock: vi.fn().mockResolvedValue({ tiers: [], discount: null, questions: [] }),
    order: vi.fn().mockResolvedValue(aPlacedOrder({ status: 'fulfilled' })),
    cancel: vi.fn(),
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

beforeEach(() => {
  sessionStorage.clear()
  localStorage.clear()
})

describe('seats that are picked', () => {
  it('are the tickets of their choice, and are ordered', async () => {
    const api = anApi()
    const purchase = aPurchase(api)
    purchase.chooseSeats('tier/price', ['A-1-1', 'A-1-2'])
    purchase.follow()
    expect(purchase.tickets).toBe(2)
    await new Checkout(purchase).place()
    expect(api.place.mock.calls[0]?.[2]).toMatchObject({
      lines: [{ quantity: 2, seats: ['A-1-1', 'A-1-2'] }],
    })
    purchase.chooseSeats('tier/price', [])
    expect(purchase.choices).toEqual([])
  })

  it('are asked for again when others have taken them, and the rest is kept', async () => {
    const api = anApi()
    api.place.mockRejectedValueOnce(
      new Problem(409, 'seat_taken', 'A seat was taken', [], ['A-1-2', 'B-1-1']),
    )
    const purchase = aPurchase(api)
    purchase.chooseSeats('tier/price', ['A-1-1', 'A-1-2'])
    await new Checkout(purchase).place()
    expect(purchase.refusal?.code).toBe('seat_taken')
    expect(purchase.lostSeats).toEqual(['A-1-2'])
    expect(purchase.choices[0]).toMatchObject({ quantity: 2, seats: ['A-1-1'] })
    expect(purchase.lineFault('tier/price')).toBe('Choose 1 more seat, or fewer tickets.')
    purchase.chooseSeats('tier/price', ['A-1-1', 'A-1-3'])
    expect(purchase.lostSeats).toEqual([])
  })
})

describe('seats that others seem to have', () => {
  it('stay chosen while an order of the buyer himself may hold them', async () => {
    const purchase = aPurchase()
    purchase.chooseSeats('tier/price', ['A-1-1'])
    purchase.follow()
    await new Checkout(purchase).place()
    purchase.loseSeats(['A-1-1'])
    expect(purchase.choices[0]?.seats).toEqual(['A-1-1'])
    purchase.chooseSeats('tier/price', ['B-1-1'])
    purchase.loseSeats(['B-1-1'])
    expect(purchase.lostSeats).toEqual(['B-1-1'])
  })

  it('are told of no longer when as many tickets are chosen as there are seats', () => {
    const purchase = aPurchase()
    purchase.chooseSeats('tier/price', ['A-1-1', 'A-1-2'])
    purchase.loseSeats(['A-1-2'])
    expect(purchase.lostSeats).toEqual(['A-1-2'])
    purchase.draft.quantities['tier/price'] = 1
    expect(purchase.lostSeats).toEqual([])
  })
})

it('keeps who attends when the price of his ticket is gone', async () => {
  const api = anApi()
  const purchase = aPurchase(api, anEvent([aTier({ prices: [aPrice({ id: 'early' }), aPrice()] })]))
  const [kari, ola, left] = ['Kari', 'Ola', 'Left'].map((name) => ({ name, email: '', answers: {} }))
  Object.assign(purchase.draft, {
    quantities: { 'tier/early': 1, 'tier/price': 1 },
    attendees: { 'tier/early': [kari, left], 'tier/price': [ola] },
  })
  await purchase.refresh()
  expect(purchase.draft.quantities).toEqual({ 'tier/price': 2 })
  expect(purchase.draft.attendees).toEqual({ 'tier/price': [kari, ola] })
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
    expect(purchase.event.categories[0]?.tiers).toEqual([crew])
    await new Checkout(purchase).place()
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
    expect(reloaded.choices.map((choice) => choice.id)).toEqual(['crew/free', 'tier/price'])
  })

  it('is not let go because the server could not be asked', async () => {
    const api = anApi()
    api.unlock.mockResolvedValue({ tiers: [crew], discount: null, questions: [] })
    const purchase = aPurchase(api)
    await purchase.addCode('AURORA')
    await purchase.addCode('BOREAS')
    purchase.draft.quantities['crew/free'] = 1
    purchase.follow()
    api.unlock.mockRejectedValue(new Problem(503, 'busy', 'Try again'))
    const reloaded = new Purchase(api, anEvent(), {}, 0)
    await reloaded.unlock()
    await reloaded.refresh()
    await reloaded.removeCode('BOREAS')
    expect(reloaded.draft.quantities['crew/free']).toBe(1)
    api.unlock.mockResolvedValue({ tiers: [crew], discount: null, questions: [] })
    await reloaded.unlock()
    expect(reloaded.choices.map((choice) => choice.id)).toContain('crew/free')
  })

  it('is an address that is proven, while it is the one that orders', async () => {
    const api = anApi()
    api.unlock.mockResolvedValue({ tiers: [crew], discount: null, questions: [] })
    const proof = { email: 'Kari@Example.com', proof: 'proof' }
    const purchase = aPurchase(api, anEvent(), { proof })
    await purchase.unlock()
    expect(api.unlock).toHaveBeenCalledWith('summer-fair', { email: proof.email, email_proof: 'proof' })
    await new Checkout(purchase).place()
    expect(api.place.mock.calls[0]?.[2]).toMatchObject({ email_proof: 'proof' })
    const other = aPurchase(api, anEvent(), { proof })
    other.draft.email = 'another@example.com'
    await new Checkout(other).place()
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
