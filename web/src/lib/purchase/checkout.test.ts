import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import { anEvent, aPlacedOrder, aPrice, aQuestion, aQuote, aTier, eur } from '$lib/fixtures'
import { orderKey } from '$lib/keys'
import { Checkout } from './checkout.svelte'
import { loadDraft } from './draft'
import { Purchase } from './purchase.svelte'

function anApi() {
  return {
    event: vi.fn().mockResolvedValue(anEvent()),
    quote: vi.fn().mockResolvedValue(aQuote(1000)),
    place: vi.fn().mockResolvedValue(aPlacedOrder()),
    unlock: vi.fn().mockResolvedValue({ tiers: [], discount: null, questions: [] }),
    order: vi.fn().mockResolvedValue(aPlacedOrder()),
    cancel: vi.fn().mockResolvedValue(aPlacedOrder({ status: 'cancelled' })),
  }
}

function aCheckout(api = anApi(), event = anEvent()): Checkout {
  const purchase = new Purchase(api, event, {}, 0)
  purchase.draft.quantities['tier/price'] = 1
  purchase.draft.email = ' kari@example.com '
  purchase.draft.name = 'Kari'
  purchase.follow()
  return new Checkout(purchase)
}

const keysOf = (api: ReturnType<typeof anApi>) => api.place.mock.calls.map((call) => call[1] as string)

beforeEach(() => {
  sessionStorage.clear()
  localStorage.clear()
})

describe('placing an order', () => {
  it('sends what was chosen with the total as quoted, and keeps the key of the order', async () => {
    const api = anApi()
    const order = await aCheckout(api).place()
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
    const checkout = aCheckout(api)
    await Promise.all([checkout.place(), checkout.place()])
    expect(api.place).toHaveBeenCalledOnce()
  })

  it('repeats the key after a reload and after an answer that was lost', async () => {
    const api = anApi()
    api.place.mockRejectedValueOnce(new Problem(0, 'offline', 'No connection'))
    const checkout = aCheckout(api)
    expect(await checkout.place()).toBeUndefined()
    expect(checkout.problem?.code).toBe('offline')
    const reloaded = new Purchase(api, anEvent(), {}, 0)
    reloaded.follow()
    expect(await new Checkout(reloaded).place()).toBeDefined()
    const [first, second] = keysOf(api)
    expect(second).toBe(first)
  })

  it('starts a new order when the one it would repeat has ended', async () => {
    const api = anApi()
    api.place.mockResolvedValueOnce(aPlacedOrder({ id: 'old', status: 'expired' }))
    const order = await aCheckout(api).place()
    expect(order?.id).toBe('order')
    expect(new Set(keysOf(api)).size).toBe(2)
  })

  it('asks before it lets go of an unpaid order, and lets go of no other', async () => {
    const api = anApi()
    const checkout = aCheckout(api)
    await checkout.place()
    checkout.placing = false
    await checkout.place()
    expect(checkout.held).toBeUndefined()
    checkout.placing = false
    checkout.purchase.draft.quantities['tier/price'] = 2
    checkout.purchase.follow()
    expect(await checkout.place()).toBeUndefined()
    expect(checkout.held?.id).toBe('order')
    expect(checkout.placing).toBe(false)
    expect(api.cancel).not.toHaveBeenCalled()
    expect(await checkout.place(true)).toBeDefined()
    expect(checkout.held).toBeUndefined()
    expect(api.cancel).toHaveBeenCalledExactlyOnceWith('order', 'secret', null)
    api.order.mockResolvedValue(aPlacedOrder({ status: 'fulfilled' }))
    checkout.placing = false
    checkout.purchase.draft.name = 'Ola'
    checkout.purchase.follow()
    expect(await checkout.place()).toBeDefined()
    expect(api.cancel).toHaveBeenCalledOnce()
  })

  it('places no second order while it is not known how the first one stands', async () => {
    const api = anApi()
    const checkout = aCheckout(api)
    await checkout.place()
    checkout.placing = false
    api.order.mockRejectedValue(new Problem(503, 'busy', 'Try again'))
    checkout.purchase.draft.quantities['tier/price'] = 2
    checkout.purchase.follow()
    await checkout.place()
    expect(checkout.problem?.code).toBe('busy')
    expect(api.place).toHaveBeenCalledOnce()
  })

  it.each([
    { payment_method: 'invoice', status: 'awaiting_payment' },
    { payment_method: 'card', status: 'awaiting_approval' },
  ] as const)('leaves nothing chosen behind an order by $payment_method in $status', async (placed) => {
    const api = anApi()
    api.place.mockResolvedValue(aPlacedOrder(placed))
    api.order.mockResolvedValue(aPlacedOrder(placed))
    await aCheckout(api).place()
    expect(loadDraft('summer-fair')).toMatchObject({ name: 'Kari', quantities: {} })
    await aCheckout(api).place()
    expect(new Set(keysOf(api)).size).toBe(2)
  })

  it('sends nothing when a seat is lost while the price is asked for', async () => {
    const api = anApi()
    const checkout = aCheckout(api)
    checkout.purchase.chooseSeats('tier/price', ['A-1-1', 'A-1-2'])
    checkout.purchase.follow()
    const placed = checkout.place()
    checkout.purchase.loseSeats(['A-1-2'])
    checkout.purchase.follow()
    expect(await placed).toBeUndefined()
    expect(checkout.fault('lines[0].seats')).toBeDefined()
    expect(checkout.placing).toBe(false)
    expect(api.place).not.toHaveBeenCalled()
  })

  it('waits for the network, and goes on with the same order', async () => {
    const api = anApi()
    api.place.mockRejectedValueOnce(new Problem(0, 'offline', 'No connection'))
    const checkout = aCheckout(api)
    await checkout.place()
    expect(checkout.waiting).toBe(true)
    await checkout.place()
    expect(checkout.waiting).toBe(false)
    expect(new Set(keysOf(api)).size).toBe(1)
  })

  it('does not wait with another order than the one that was to be placed', async () => {
    const api = anApi()
    api.place.mockImplementationOnce(() => {
      checkout.purchase.draft.name = 'Kari Nordmann'
      throw new Problem(0, 'offline', 'No connection')
    })
    const checkout = aCheckout(api)
    await checkout.place()
    expect(checkout.problem?.code).toBe('offline')
    expect(checkout.waiting).toBe(false)
    api.place.mockRejectedValueOnce(new Problem(0, 'offline', 'No connection'))
    await checkout.place()
    expect(checkout.waiting).toBe(true)
    checkout.purchase.draft.quantities['tier/price'] = 5
    checkout.purchase.follow()
    expect(checkout.waiting).toBe(false)
  })

  it('names who attends when the buyer wants to, and not for an add-on', async () => {
    const api = anApi()
    const extra = aTier({ id: 'extra', add_on_of: 'tier' })
    const checkout = aCheckout(api, anEvent([aTier(), extra]))
    const kari = { name: 'Kari', email: 'kari@example.com', answers: {} }
    Object.assign(checkout.purchase.draft, {
      naming: true,
      quantities: { 'tier/price': 2, 'extra/price': 1 },
      attendees: { 'tier/price': [kari], 'extra/price': [kari] },
    })
    checkout.purchase.follow()
    await checkout.place()
    expect(api.place.mock.calls[0]?.[2]).toMatchObject({
      lines: [{ holders: [kari, null] }, { quantity: 1 }],
    })
    expect(api.place.mock.calls[0]?.[2].lines[1]).not.toHaveProperty('holders')
  })

  it('says what is missing, sends nothing, and takes it back as it is filled in', async () => {
    const api = anApi()
    const checkout = aCheckout(api)
    checkout.purchase.draft.email = 'kari'
    checkout.purchase.draft.name = ''
    expect(checkout.fault('buyer.email')).toBeUndefined()
    expect(await checkout.place()).toBeUndefined()
    expect(checkout.fault('buyer.email')).toBeDefined()
    expect(checkout.fault('buyer.name')).toBeDefined()
    expect(api.place).not.toHaveBeenCalled()
    checkout.purchase.draft.name = 'Kari'
    expect(checkout.fault('buyer.name')).toBeUndefined()
  })

  it('asks for an address only where a chosen tier needs one, and for the company only on an invoice', async () => {
    const tier = aTier({ address_required: true, prices: [aPrice({ payment_methods: ['card', 'invoice'] })] })
    const api = anApi()
    api.quote.mockResolvedValue(aQuote(1000, { payment_methods: ['card', 'invoice'] }))
    const checkout = aCheckout(api, anEvent([tier]))
    checkout.purchase.draft.method = 'invoice'
    await checkout.place()
    expect(checkout.fault('buyer.address.city')).toBeDefined()
    expect(checkout.fault('billing.company')).toBeDefined()
  })
})

describe('a refused order', () => {
  it('keeps what was typed and shows the new price when the price has changed', async () => {
    const dearer = anEvent([aTier({ prices: [aPrice({ amount: eur(1200) })] })])
    const api = anApi()
    api.place.mockRejectedValueOnce(new Problem(409, 'price_changed', 'The total has changed'))
    api.event.mockResolvedValue(dearer)
    const checkout = aCheckout(api)
    api.quote.mockResolvedValueOnce(aQuote(1000)).mockResolvedValue(aQuote(1200))
    await checkout.place()
    expect((await checkout.purchase.quote.settled())?.total).toEqual(eur(1200))
    expect(checkout.problem?.code).toBe('price_changed')
    expect(checkout.formerTotal).toEqual(eur(1000))
    expect(checkout.purchase.draft).toMatchObject({ name: 'Kari', quantities: { 'tier/price': 1 } })
    await checkout.place()
    expect(api.place.mock.calls[1]?.[2]).toMatchObject({ total: eur(1200) })
    const [first, second] = keysOf(api)
    expect(second).not.toBe(first)
  })

  it('is not sent while the price is dearer than the one that was shown', async () => {
    const api = anApi()
    api.quote.mockResolvedValue(aQuote(1200))
    const checkout = aCheckout(api)
    expect(checkout.purchase.total).toEqual(eur(1000))
    expect(await checkout.place()).toBeUndefined()
    expect(api.place).not.toHaveBeenCalled()
    expect(checkout.problem?.code).toBe('price_changed')
    expect(checkout.formerTotal).toEqual(eur(1000))
    expect((await checkout.purchase.quote.settled())?.total).toEqual(eur(1200))
    expect(await checkout.place()).toBeDefined()
    expect(api.place.mock.calls[0]?.[2]).toMatchObject({ total: eur(1200) })
  })

  it('is sent for more tickets at once, as the estimate of those is what is shown meanwhile', async () => {
    const api = anApi()
    const checkout = aCheckout(api)
    await checkout.purchase.quote.settled()
    api.quote.mockResolvedValue(aQuote(2000))
    checkout.purchase.draft.quantities['tier/price'] = 2
    checkout.purchase.follow()
    expect(checkout.purchase.total).toEqual(eur(2000))
    expect(await checkout.place()).toBeDefined()
    expect(api.place.mock.calls[0]?.[2]).toMatchObject({ total: eur(2000) })
  })

  it('keeps the choice and names the line when it is sold out, until the choice changes', async () => {
    const api = anApi()
    const faults = [{ field: 'lines[0].quantity', message: 'None is left' }]
    api.place.mockRejectedValueOnce(new Problem(409, 'sold_out', 'Sold out', faults))
    api.event.mockResolvedValue(anEvent([aTier({ state: 'sold_out' })]))
    const checkout = aCheckout(api)
    await checkout.place()
    expect(checkout.purchase.tickets).toBe(1)
    expect(checkout.purchase.lineFault('tier/price')).toBe('None is left')
    expect(checkout.placing).toBe(false)
    checkout.purchase.draft.quantities['tier/price'] = 0
    checkout.purchase.follow()
    expect(checkout.problem).toBeUndefined()
  })
})

describe('what is asked', () => {
  const reference = aQuestion({ id: 'reference', required: true })
  const diet = aQuestion({ asked_of: 'attendee', required: true })
  const kari = { name: 'Kari', email: 'kari@example.com', answers: { diet: 'Vegan' } }

  it('is answered with the order, by order and by who attends', async () => {
    const api = anApi()
    const checkout = aCheckout(api, anEvent([aTier()], { questions: [reference, diet] }))
    checkout.purchase.draft.answers.reference = ' PO 7 '
    checkout.purchase.draft.attendees['tier/price'] = [kari, { ...kari, name: 'Left over' }]
    await checkout.place()
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
    const checkout = aCheckout(api, anEvent([aTier()], { questions: [reference, diet] }))
    expect(await checkout.place()).toBeUndefined()
    for (const field of [
      'answers.reference',
      'lines[0].holders[0].name',
      'lines[0].holders[0].answers.diet',
    ]) {
      expect(checkout.fault(field)).toBeDefined()
    }
    expect(checkout.purchase.lineFault('tier/price')).toBeUndefined()
    expect(api.place).not.toHaveBeenCalled()
  })

  it('leaves nobody named where nothing has to be answered', async () => {
    const api = anApi()
    const optional = aQuestion({ asked_of: 'attendee' })
    await aCheckout(api, anEvent([aTier()], { questions: [optional] })).place()
    expect(api.place.mock.calls[0]?.[2]).toMatchObject({
      lines: [{ tier_id: 'tier', price_id: 'price', quantity: 1 }],
    })
  })

  it('is also what a code opens', async () => {
    const api = anApi()
    const named = { ...reference, tier_ids: ['tier'] }
    api.unlock.mockResolvedValue({ tiers: [aTier()], discount: null, questions: [named] })
    const checkout = aCheckout(api)
    expect(checkout.questions).toEqual([])
    await checkout.purchase.addCode('AURORA')
    expect(checkout.questions).toEqual([named])
  })
})
