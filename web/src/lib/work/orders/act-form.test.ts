import { expect, it } from 'vitest'
import type { Refund } from '$lib/api/types'
import { aRefund, eur } from '$lib/fixtures'
import { ActForm, idOf, surplusOf, titleOf, whyNot } from './act-form.svelte'
import type { Need } from './api'
import { anAction, anOrder, aRow } from './fixtures'

const REFUND: Need[] = [
  { name: 'amount', kind: 'amount', required: false },
  { name: 'tickets', kind: 'tickets', required: false, choices: ['1', '2'] },
  { name: 'note', kind: 'text', required: false },
]

it('says nothing of what is left empty', () => {
  const form = new ActForm([{ name: 'other_seats', kind: 'boolean', required: false }, ...REFUND], 'EUR')
  form.text.note = '  '
  expect(form.body).toEqual({})
})

it('takes either an amount or tickets, and asks for one of them before all goes back', () => {
  const form = new ActForm(REFUND, 'EUR')
  form.amount = 500
  form.tickets = [2, 1]
  expect(form.body).toEqual({})
  form.part = 'amount'
  expect(form.body).toEqual({ amount: { amount: 500, currency: 'EUR' } })
  form.amount = null
  expect(form.complete).toBe(false)
  form.part = 'tickets'
  expect(form.complete).toBe(true)
  expect(form.body).toEqual({ tickets: [1, 2] })
})

it('says what can be one thing alone without asking for it', () => {
  const needs: Need[] = [{ name: 'sequence', kind: 'choice', required: true, choices: ['3'] }]
  const form = new ActForm(needs, 'EUR')
  expect(form.asked).toEqual([])
  expect(form.body).toEqual({ sequence: 3 })
})

it('tells several actions of one name apart', () => {
  const needs: Need[] = [{ name: 'sequence', kind: 'choice', required: true, choices: ['3'] }]
  const action = anAction({ name: 'confirm_refund', needs })
  expect(idOf(action)).toBe('confirm_refund:3')
  expect(titleOf(action)).toBe('Confirm refund 3')
  expect(idOf(anAction({ name: 'approve' }))).toBe('approve')
})

it('says why not in the words of the server, which say more in English', () => {
  expect(whyNot({ code: 'wrong_state', text: 'This order is expired.' })).toBe('This order is expired.')
})

it('counts as too much only what is not on its way back', () => {
  const refund = (status: Refund['status'], amount: number) => aRefund({ status, amount: eur(amount) })
  const order = anOrder(aRow({ total: eur(4900), paid: eur(5400) }))
  expect(surplusOf(order)).toBe(500)
  expect(surplusOf({ ...order, refunds: [refund('pending', 200), refund('failed', 500)] })).toBe(300)
  expect(surplusOf({ ...order, paid: eur(4900), refunds: [refund('succeeded', 500)] })).toBe(0)
})
