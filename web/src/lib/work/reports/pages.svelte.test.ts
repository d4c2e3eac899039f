import { fireEvent, render, screen } from '@testing-library/svelte'
import { tick } from 'svelte'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import { saveFile } from '$lib/file'
import type { ReportsApi, SalesReport } from './api'
import ArrivalsPage from './ArrivalsPage.svelte'
import CashPage from './CashPage.svelte'
import {
  ACCOUNT,
  anAccount,
  anApi,
  aSale,
  aWay,
  euros,
  EVENT,
  someArrivals,
  someCash,
  someSales,
} from './fixtures'
import SalesPage from './SalesPage.svelte'
import type { ArrivalsWanted, CashWanted, SalesWanted } from './wanted'

vi.mock('$lib/file', () => ({ saveFile: vi.fn() }))
vi.mock('./draw', () => ({ draw: () => ({ destroy: () => undefined }) }))

beforeEach(() => {
  vi.stubGlobal('matchMedia', () => ({
    matches: false,
    addEventListener: vi.fn(),
    removeEventListener: vi.fn(),
  }))
})

const texts = (testid: string) => screen.getAllByTestId(testid).map((row) => row.textContent)

async function pick(testid: string, value: string): Promise<void> {
  await fireEvent.change(screen.getByTestId(testid), { target: { value } })
}

describe('sales', () => {
  const tiers = someSales('tier', [
    aSale('t1', 100, { label: 'Pass', orders: 2 }),
    aSale('t2', 300, { label: 'Dinner', orders: 1 }),
  ])

  function show(api: Partial<ReportsApi>, wanted: Partial<SalesWanted> = {}) {
    const onwant = vi.fn()
    const first: SalesWanted = { by: 'tier', show: 'gross', ...wanted }
    const props = $state({ api: anApi(api), event: EVENT, wanted: first, onwant })
    render(SalesPage, { props })
    return { onwant, props }
  }

  it('are a picture, its words, and a table with the total last', async () => {
    show({ sales: async () => tiers })
    expect((await screen.findByTestId('chart')).textContent).toContain(
      'Most: Dinner, €300.00. Total: €400.00.',
    )
    expect(screen.getByRole('img').getAttribute('aria-label')).toBe('Gross · Ticket type')
    expect(texts('sales-row')).toEqual([
      expect.stringContaining('Pass'),
      expect.stringContaining('Dinner'),
      expect.stringContaining('Total'),
    ])
  })

  it('are sorted by a column, with the total still last', async () => {
    show({ sales: async () => tiers })
    await fireEvent.click(await screen.findByTestId('sort-orders'))
    expect(screen.getAllByTestId('sales-row').map((row) => row.dataset['key'])).toEqual(['t2', 't1', 'total'])
  })

  it('are asked anew for another grouping, and not for another measure', async () => {
    const sales = vi.fn<ReportsApi['sales']>(async () => tiers)
    const { onwant, props } = show({ sales })
    await screen.findByTestId('chart')
    await pick('show', 'tickets')
    expect(onwant).toHaveBeenLastCalledWith(expect.objectContaining({ by: 'tier', show: 'tickets' }))
    props.wanted = { by: 'tier', show: 'tickets' }
    await tick()
    expect(sales).toHaveBeenCalledTimes(1)
    await pick('by', 'method')
    expect(onwant).toHaveBeenLastCalledWith(expect.objectContaining({ by: 'method' }))
    props.wanted = { by: 'method', show: 'tickets' }
    await tick()
    expect(sales).toHaveBeenLastCalledWith({ by: 'method', from: undefined, to: undefined })
  })

  it('show the answer to what was asked last, whichever comes last', async () => {
    const answers: ((report: SalesReport) => void)[] = []
    const { props } = show({ sales: () => new Promise((answer) => answers.push(answer)) })
    await tick()
    props.wanted = { by: 'method', show: 'gross' }
    await tick()
    answers[1]?.(someSales('method', [aSale('card', 70)]))
    expect((await screen.findByTestId('chart')).textContent).toContain('Card')
    answers[0]?.(tiers)
    await new Promise((resume) => setTimeout(resume))
    expect(screen.getByTestId('chart').textContent).toContain('Card')
  })

  it('say that nothing was sold, in a period with a way out of it', async () => {
    const { onwant } = show({ sales: async () => someSales('tier', []) }, { from: '2027-03-01' })
    await fireEvent.click(await screen.findByTestId('show-all'))
    expect(onwant).toHaveBeenLastCalledWith({ by: 'tier', show: 'gross' })
  })

  it('say what is wrong with a day beside it, and keep what was entered', async () => {
    const fault = new Problem(422, 'invalid_input', 'Some entries are not right.', [
      { field: 'to', message: 'must not be before from' },
    ])
    show({ sales: () => Promise.reject(fault) }, { from: '2027-03-02', to: '2027-03-01' })
    expect((await screen.findByTestId('report-problem')).textContent).toContain('Some entries')
    const to = screen.getByTestId<HTMLInputElement>('to')
    expect(to.getAttribute('aria-invalid')).toBe('true')
    expect(to.value).toBe('2027-03-01')
  })

  it('are read again after what kept them from coming', async () => {
    const sales = vi
      .fn<ReportsApi['sales']>()
      .mockRejectedValueOnce(new Problem(0, 'offline', 'No connection.'))
      .mockResolvedValue(tiers)
    show({ sales })
    await fireEvent.click(await screen.findByTestId('retry'))
    await screen.findByTestId('chart')
    expect(screen.queryByTestId('report-problem')).toBeNull()
  })

  it('are saved as the file of the same days', async () => {
    const file = new Blob(['key,label\n'])
    const salesFile = vi.fn<ReportsApi['salesFile']>(async () => file)
    show({ sales: async () => tiers, salesFile }, { from: '2027-03-01' })
    await fireEvent.click(screen.getByTestId('save-csv'))
    await vi.waitFor(() => expect(saveFile).toHaveBeenCalledWith('sales-by-tier-nordic-days.csv', file))
    expect(salesFile).toHaveBeenCalledWith({ by: 'tier', from: '2027-03-01', to: undefined })
  })

  it('are asked for between two days', async () => {
    const { onwant } = show({ sales: async () => tiers })
    await pick('period', 'own')
    await pick('from', '2027-03-01')
    expect(onwant).toHaveBeenLastCalledWith({ by: 'tier', show: 'gross', from: '2027-03-01', to: undefined })
  })
})

describe('arrivals', () => {
  const twoDays = someArrivals([
    aWay('2027-03-01T10:00:00Z', 'North', 3, 1),
    aWay('2027-03-02T10:00:00Z', 'North', 5),
  ])

  function show(wanted: Partial<ArrivalsWanted> = {}, report = twoDays) {
    const onwant = vi.fn()
    const all: ArrivalsWanted = { by: 'gate', interval: 15, show: 'in', ...wanted }
    render(ArrivalsPage, {
      api: anApi({ arrivals: async () => report }),
      event: EVENT,
      wanted: all,
      onwant,
    })
    return { onwant }
  }

  const figure = async (way: string) =>
    (await screen.findByTestId('figures')).querySelector<HTMLElement>(`[data-figure="${way}"]`)?.dataset[
      'count'
    ]

  it('are counted over all days, or on one', async () => {
    const { onwant } = show()
    expect(await figure('in')).toBe('8')
    await pick('day', '2027-03-02')
    expect(onwant).toHaveBeenLastCalledWith(expect.objectContaining({ day: '2027-03-02' }))
  })

  it('leave out what came on other days', async () => {
    show({ day: '2027-03-02' })
    expect(await figure('in')).toBe('5')
    expect(screen.getAllByTestId('arrivals-row')).toHaveLength(1)
  })

  it('say that nobody came, at all or on a day', async () => {
    show({ day: '2027-03-03' })
    expect((await screen.findByTestId('no-arrivals')).textContent).toContain('this day')
    show({}, someArrivals([]))
    expect(await screen.findByText('Nobody has come yet')).toBeTruthy()
  })
})

describe('cash', () => {
  const ORDER = '01hxyzabcdefghjkmnpq'
  const open = [
    { order_id: ORDER, what: 'difference', account: 'stripe', amount: euros(10) },
    { order_id: ORDER, what: 'refund_open', account: null, amount: euros(-10) },
  ] as const

  function show(report = someCash([anAccount('stripe', 100, 90)], [...open]), wanted: CashWanted = {}) {
    const onwant = vi.fn()
    render(CashPage, {
      api: anApi({ cash: async () => report }),
      account: ACCOUNT,
      event: EVENT,
      wanted,
      onwant,
    })
    return { onwant }
  }

  it('says each difference in a sentence', async () => {
    show()
    expect((await screen.findByTestId('differences')).textContent).toContain(
      'Card (Stripe): by the payments there should be €10.00 more than the ledger holds.',
    )
  })

  it('says it when the ledger has more', async () => {
    show(someCash([anAccount('bank', 90, 100)]))
    expect((await screen.findByTestId('differences')).textContent).toContain('€10.00 less')
  })

  it('says that all agrees', async () => {
    show(someCash([anAccount('stripe', 100)]))
    await screen.findByTestId('agrees')
    screen.getByTestId('nothing-open')
  })

  it('leads to the orders that have open money', async () => {
    show()
    const [first] = await screen.findAllByTestId('open')
    expect(first?.textContent).toBeTruthy()
    const link = screen.getAllByRole('link').find((one) => one.textContent === 'FGHJK-MNPQ')
    expect(link?.getAttribute('href')).toBe(`/work/organizer/org_1/events/evt_1/orders?order=${ORDER}`)
  })

  it('is narrowed to one kind', async () => {
    const { onwant } = show(undefined, { what: 'refund_open' })
    expect(await screen.findAllByTestId('open-money-row')).toHaveLength(1)
    await pick('what', '')
    expect(onwant).toHaveBeenLastCalledWith({ what: undefined })
  })

  it('says that no money has come', async () => {
    show(someCash([anAccount('stripe', 0)]))
    await screen.findByTestId('no-cash')
  })
})
