import { expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import { NOBODY } from './api'
import { Cart } from './cart.svelte'
import { aGuest, COLLEAGUE, Desk } from './fixtures'

async function opened(desk: Desk): Promise<Cart> {
  const cart = new Cart(desk)
  await cart.load()
  return cart
}

const some = (...numbers: number[]) => numbers.map((number) => ({ id: `o-${number}` }))

it('means free tickets for a guest over the version that is looked at', async () => {
  const desk = new Desk([aGuest('Ada', [1], { version: 4 })])
  const cart = await opened(desk)
  expect(await cart.give('ada', some(2, 3))).toBe(true)
  expect(desk.asked).toEqual([{ contactId: 'ada', add: ['o-2', 'o-3'], remove: [], version: 4 }])
  expect(cart.guest('ada')?.tickets.map(({ id }) => id)).toEqual(['o-1', 'o-2', 'o-3'])
})

it('brings a contact who is no guest yet into the cart, and what waited for nobody straight to him', async () => {
  const desk = new Desk([], [1, 2])
  const cart = await opened(desk)
  expect(await cart.give('ada', some(1))).toBe(true)
  expect(desk.asked).toEqual([{ contactId: 'ada', add: ['o-1'], remove: [], version: 0 }])
  expect(cart.view?.unassigned.tickets.map(({ id }) => id)).toEqual(['o-2'])
})

it('moves tickets from one guest to another', async () => {
  const desk = new Desk([aGuest('Ada', [1, 2]), aGuest('Bo', [3])])
  const cart = await opened(desk)
  expect(await cart.give('bo', some(1, 3))).toBe(true)
  expect([desk.ids('ada'), desk.ids('bo')]).toEqual([['o-2'], ['o-3', 'o-1']])
})

it('puts tickets back where they were when they may not come to the other guest', async () => {
  const desk = new Desk([aGuest('Ada', [1, 2]), aGuest('Bo', [3])])
  const cart = await opened(desk)
  desk.meanwhile('bo', [3, 4])
  expect(await cart.give('bo', some(1))).toBe(false)
  expect([desk.ids('ada').sort(), desk.ids('bo')]).toEqual([
    ['o-1', 'o-2'],
    ['o-3', 'o-4'],
  ])
})

it('tells who has changed a line meanwhile, shows it as it is, and succeeds when asked again', async () => {
  const desk = new Desk([aGuest('Ada', [1])])
  const cart = await opened(desk)
  desk.meanwhile('ada', [1, 2])
  expect(await cart.give('ada', some(3))).toBe(false)
  expect(cart.trouble).toMatchObject({ contactId: 'ada', changedBy: COLLEAGUE, atFault: [], others: [] })
  expect(cart.trouble?.problem.code).toBe('changed_meanwhile')
  expect(cart.guest('ada')?.tickets).toHaveLength(2)
  expect(await cart.give('ada', some(3))).toBe(true)
  expect(cart.trouble).toBeUndefined()
  expect(desk.ids('ada')).toEqual(['o-1', 'o-2', 'o-3'])
})

it('names the tickets that somebody else has meanwhile, and which could go without them', async () => {
  const desk = new Desk([aGuest('Ada')])
  const cart = await opened(desk)
  desk.meanwhile('bo', [2])
  expect(await cart.give('ada', some(1, 2, 3))).toBe(false)
  expect(cart.trouble?.atFault).toEqual([{ id: 'o-2', why: 'stands in the cart for bo' }])
  expect(cart.trouble?.others).toEqual(['o-1', 'o-3'])
  expect(desk.ids('ada')).toEqual([])
})

it('sends no more than 98 tickets at once', async () => {
  const desk = new Desk([aGuest('Ada')])
  const cart = await opened(desk)
  const numbers = Array.from({ length: 200 }, (_, at) => at + 1)
  expect(await cart.give('ada', some(...numbers))).toBe(true)
  expect(desk.asked.map(({ add, version }) => [add.length, version])).toEqual([
    [98, 1],
    [98, 2],
    [4, 3],
  ])
})

it('takes tickets out of the lines in which they stand, also that of nobody', async () => {
  const desk = new Desk([aGuest('Ada', [1, 2]), aGuest('Bo', [3])], [4, 5])
  const cart = await opened(desk)
  expect(await cart.takeOut(some(1, 3, 4))).toBe(true)
  expect([desk.ids('ada'), desk.ids('bo'), desk.ids(NOBODY)]).toEqual([['o-2'], [], ['o-5']])
})

it('keeps what it shows when the network is gone', async () => {
  const desk = new Desk([aGuest('Ada', [1])])
  const read = vi.fn(desk.cart)
  const allocate = vi.fn().mockRejectedValue(new Problem(0, 'offline', 'No'))
  const { bringGuest, sendGuestOff } = desk
  const cart = new Cart({ cart: read, allocate, bringGuest, sendGuestOff })
  await cart.load()
  expect(await cart.give('ada', some(2))).toBe(false)
  expect(cart.trouble?.problem.code).toBe('offline')
  expect(cart.view?.guests).toHaveLength(1)
  expect(read).toHaveBeenCalledTimes(1)
})

it('does one thing at a time', async () => {
  const desk = new Desk([aGuest('Ada')])
  const cart = await opened(desk)
  const [first, second] = await Promise.all([cart.give('ada', some(1)), cart.give('ada', some(2))])
  expect([first, second]).toEqual([true, false])
  expect(desk.ids('ada')).toEqual(['o-1'])
})
