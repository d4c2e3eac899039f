import { cleanup, fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import type { BankLine, OfficeApi } from './api'
import BankPage from './BankPage.svelte'
import { anEvent, anOffice, screenOfTests } from './fixtures'

beforeEach(() => {
  sessionStorage.clear()
  screenOfTests()
})

const account = { id: 'o1', title: 'Northern Lights', role: 'finance' as const }
const line: BankLine = {
  id: 'l1',
  booked_on: '2027-03-01',
  amount: 4900,
  currency: 'EUR',
  text: 'Thank you',
  name: 'Ada Lovelace',
  state: 'unmatched',
  order_id: null,
  suggestions: [],
}
const order = {
  id: 'o7',
  code: 'AAAAA-BBBB',
  buyer: { name: 'Ada', email: 'ada@example.com' },
  company: 'Fjord Analytics',
  total: { amount: 4900, currency: 'EUR' },
  invoice_number: 'F-7',
}
const job = {
  id: 'j1',
  status: 'done',
  dry_run: true,
  total: 1,
  done: 1,
  unknown_columns: [],
  rows: [],
  cursor: null,
}

function show(overrides: Partial<OfficeApi>) {
  const bankLines = () => Promise.resolve({ items: [line], cursor: null })
  const api = anOffice({ bankLines, ...overrides })
  render(BankPage, { props: { api, account, events: [anEvent('e1', 'Fjord Summit')] } })
}

it('matches a line with the order that is found, and says why one can’t be it', async () => {
  const matchLine = vi.fn<OfficeApi['matchLine']>()
  matchLine.mockRejectedValueOnce(
    new Problem(422, 'invalid_input', 'Some entries are not right.', [
      { field: 'order_id', message: 'is of another currency' },
    ]),
  )
  matchLine.mockResolvedValueOnce({ ...line, state: 'matched', order_id: 'o7' })
  const findOrders = vi.fn(() => Promise.resolve([order])) as unknown as OfficeApi['findOrders']
  show({ matchLine, findOrders })
  await fireEvent.click(await screen.findByTestId('match-line'))
  await fireEvent.input(screen.getByTestId('match-search'), { target: { value: 'fjord' } })
  await fireEvent.click(screen.getByTestId('match-find'))
  const choice = await screen.findByTestId('match-choice')
  expect(findOrders).toHaveBeenCalledWith('e1', 'fjord')
  await fireEvent.click(choice.querySelector('input') as HTMLElement)
  await fireEvent.click(screen.getByTestId('match-go'))
  expect((await screen.findByTestId('match-problem')).textContent).toContain('is of another currency')
  await fireEvent.click(screen.getByTestId('match-go'))
  await vi.waitFor(() => expect(screen.queryByTestId('match-dialog')).toBeNull())
  expect(matchLine).toHaveBeenLastCalledWith('l1', 'o7')
})

it('sets a line aside', async () => {
  const ignoreLine = vi.fn<OfficeApi['ignoreLine']>(() => Promise.resolve({ ...line, state: 'ignored' }))
  show({ ignoreLine })
  await fireEvent.click(await screen.findByTestId('ignore-line'))
  await vi.waitFor(() => expect(ignoreLine).toHaveBeenCalledWith('l1'))
})

it('tries a statement before it books it, each under a key of its own', async () => {
  const sendStatement = vi.fn<OfficeApi['sendStatement']>(() =>
    Promise.resolve({ id: 'j1' } as Awaited<ReturnType<OfficeApi['sendStatement']>>),
  )
  const statement = () => Promise.resolve(job as unknown as Awaited<ReturnType<OfficeApi['statement']>>)
  show({ sendStatement, statement })
  const bytes = new TextEncoder().encode('<Document/>').buffer
  const file = { name: 'may.xml', arrayBuffer: () => Promise.resolve(bytes) }
  const input = screen.getByTestId('statement-file')
  Object.defineProperty(input, 'files', { value: [file] })
  await fireEvent.change(input)
  await fireEvent.click(await screen.findByTestId('statement-book'))
  await vi.waitFor(() => expect(sendStatement).toHaveBeenCalledTimes(2))
  const [tried, booked] = sendStatement.mock.calls
  expect(tried?.[1]).toEqual({ format: 'camt', content: '<Document/>', currency: null, dry_run: true })
  expect(booked?.[1].dry_run).toBe(false)
  expect(booked?.[0]).not.toBe(tried?.[0])
})

it('finds a statement again that was sent before the page was left, but not its content', async () => {
  const sendStatement = vi.fn<OfficeApi['sendStatement']>(() =>
    Promise.resolve({ id: 'j1' } as Awaited<ReturnType<OfficeApi['sendStatement']>>),
  )
  const statement = () => Promise.resolve(job as unknown as Awaited<ReturnType<OfficeApi['statement']>>)
  show({ sendStatement, statement })
  const bytes = new TextEncoder().encode('<Document/>').buffer
  const input = screen.getByTestId('statement-file')
  const file = { name: 'may.xml', arrayBuffer: () => Promise.resolve(bytes) }
  Object.defineProperty(input, 'files', { value: [file] })
  await fireEvent.change(input)
  await screen.findByTestId('statement-book')
  cleanup()
  show({ sendStatement, statement })
  await screen.findByTestId('statement-again')
  expect(screen.getByText('may.xml')).toBeTruthy()
  expect(screen.queryByTestId('statement-book')).toBeNull()
})
