import { cleanup, fireEvent, render, screen, within } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import type { Allotment, EventView, PlanImported, Seating, SeatingApi } from './api'
import { drawn, type Plan } from './plan'
import SeatingPage from './SeatingPage.svelte'

vi.mock('$app/navigation', () => ({ beforeNavigate: vi.fn(), goto: vi.fn(), pushState: vi.fn() }))
vi.mock('$app/state', () => ({ page: { state: {} } }))

beforeEach(() => {
  HTMLDialogElement.prototype.showModal = vi.fn()
  const listen = { addEventListener: vi.fn(), removeEventListener: vi.fn() }
  vi.stubGlobal('matchMedia', () => ({ matches: false, ...listen }))
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe = vi.fn()
      disconnect = vi.fn()
    },
  )
  // What jsdom works out of its style sheets takes seconds, and nothing here depends on it.
  const plain = { color: '', fontFamily: '', direction: 'ltr', getPropertyValue: () => '' }
  vi.stubGlobal('getComputedStyle', () => plain)
  const pen = new Proxy({}, { get: () => vi.fn(), set: () => true })
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(pen as never)
})

const tier = { id: 't1', title: 'Pass', add_on_of: null }
const event = { id: 'e1', categories: [{ tiers: [tier] }], uncategorized: [] } as unknown as EventView

const empty: Plan = { version: 0, choice: 'pick', focus: null, categories: [], sections: [], zones: [] }
const rows = drawn(
  { rows: 1, seats: 3, firstRow: '1', firstSeat: 1, numbering: 'up', aisleAfter: 0 },
  { x: 0, y: 0 },
  'seats',
)
const stalls: Plan = {
  ...empty,
  version: 4,
  categories: [{ id: 'seats', title: 'Standard', color: null, tier_ids: ['t1'] }],
  sections: [{ id: 'stalls', title: 'Stalls', rows }],
}
const taken = { taken: { '2': 'order-1' }, kept: {}, note: null, changed_at: null }
const seating = (plan: Plan): Seating => ({ plan, counts: [], warnings: [] })

function anApi(overrides: Partial<SeatingApi> = {}): SeatingApi {
  const all: Partial<SeatingApi> = {
    seating: () => Promise.resolve(seating(stalls)),
    put: (plan) => Promise.resolve(seating({ ...plan, version: plan.version + 1 })),
    states: (ids) =>
      Promise.resolve(
        ids.map((id) => ({
          id,
          title: id,
          version: 4,
          rows: [{ id: '1', label: '1', seats: 3, free: 2, ...taken }],
        })),
      ),
    allotments: () => Promise.resolve([{ id: 'a1', title: 'Sponsor', ended_at: null } as Allotment]),
    quotas: () => Promise.resolve([]),
    ...overrides,
  }
  return all as SeatingApi
}

function shown(api: SeatingApi, plan = stalls): void {
  render(SeatingPage, { api, event, first: seating(plan), orderHref: (order: string) => `/orders/${order}` })
}

const fill = (id: string, value: string) => fireEvent.input(screen.getByTestId(id), { target: { value } })

it('draws a plan from nothing: a section of rows, its tickets, and keeps it as a whole', async () => {
  const put = vi.fn<SeatingApi['put']>((plan) => Promise.resolve(seating({ ...plan, version: 1 })))
  shown(anApi({ put }), empty)
  screen.getByTestId('no-plan')
  expect(screen.queryByTestId('tab-seats')).toBeNull()
  await fireEvent.click(screen.getByTestId('add-section'))
  await fireEvent.click(screen.getByTestId('section-save'))
  expect(screen.getByTestId('section-title').getAttribute('aria-invalid')).toBe('true')
  await fill('section-title', 'Stalls')
  await fill('rows-count', '2')
  await fill('rows-seats', 'many')
  await fireEvent.click(screen.getByTestId('section-save'))
  expect(screen.getByTestId('rows-seats').getAttribute('aria-invalid')).toBe('true')
  await fill('rows-seats', '5')
  await fill('rows-first', 'A')
  await fireEvent.click(screen.getByTestId('section-save'))
  expect(screen.getByTestId('section').dataset.id).toBe('stalls')
  await fireEvent.click(within(screen.getByTestId('tier-boxes')).getByRole('checkbox'))
  await fireEvent.click(screen.getByTestId('save'))
  await vi.waitFor(() => expect(screen.queryByTestId('plan-bar')).toBeNull())
  expect(put.mock.calls[0]?.[0]).toMatchObject({
    version: 0,
    categories: [{ id: 'seats', tier_ids: ['t1'] }],
    sections: [
      {
        id: 'stalls',
        title: 'Stalls',
        rows: [
          { id: 'a', count: 5 },
          { id: 'b', count: 5 },
        ],
      },
    ],
  })
  screen.getByTestId('tab-seats')
})

it('names what is wrong with a plan and keeps what was entered', async () => {
  const problem = new Problem(422, 'invalid_input', 'Mend these.', [
    { field: 'categories[0].title', message: 'is empty' },
    { field: 'sections', message: 'lack balcony, which the check-in list Balcony names' },
  ])
  shown(anApi({ put: () => Promise.reject(problem) }))
  await fireEvent.click(screen.getByTestId('tab-plan'))
  await fill('category-title', '')
  await fireEvent.click(screen.getByTestId('save'))
  await screen.findByTestId('plan-faults')
  expect(screen.getByTestId('plan-faults').textContent).toContain('check-in list')
  expect(screen.getByTestId('category-title').getAttribute('aria-invalid')).toBe('true')
  screen.getByTestId('plan-bar')
})

it('does not lose a plan that is edited when another tab is looked at', async () => {
  shown(anApi())
  await fireEvent.click(screen.getByTestId('tab-plan'))
  await fill('category-title', 'Good seats')
  await fireEvent.click(screen.getByTestId('tab-seats'))
  screen.getByTestId('plan-bar')
  await fireEvent.click(screen.getByTestId('tab-plan'))
  expect(screen.getByTestId<HTMLInputElement>('category-title').value).toBe('Good seats')
})

it('tells that somebody else was quicker, and goes on from his plan', async () => {
  const problem = new Problem(409, 'changed_meanwhile', 'This ticket has just changed hands.')
  shown(anApi({ put: () => Promise.reject(problem) }))
  await fireEvent.click(screen.getByTestId('tab-plan'))
  await fill('category-title', 'Good seats')
  await fireEvent.click(screen.getByTestId('save'))
  await fireEvent.click(await screen.findByTestId('read-anew'))
  await vi.waitFor(() => expect(screen.queryByTestId('plan-overtaken')).toBeNull())
  expect(screen.queryByTestId('plan-bar')).toBeNull()
  expect(screen.getByTestId<HTMLInputElement>('category-title').value).toBe('Standard')
})

it('reads who has which seat once, and again after what was done', async () => {
  const states = vi.fn(anApi().states)
  const unblock = vi.fn<SeatingApi['unblock']>(() => Promise.resolve({ changed: 1, refused: [], more: 0 }))
  states.mockResolvedValue([
    {
      id: 'stalls',
      title: 'Stalls',
      version: 4,
      rows: [{ id: '1', label: '1', seats: 3, free: 2, ...taken, taken: {}, kept: { '1': 'a1' } }],
    },
  ])
  shown(anApi({ states, unblock }))
  await fireEvent.click(screen.getByTestId('as-list'))
  await vi.waitFor(() =>
    expect(screen.getAllByTestId('rows-seat')[0]?.closest('label')?.textContent).toContain('Sponsor'),
  )
  await new Promise((resume) => setTimeout(resume, 30))
  expect(states).toHaveBeenCalledTimes(1)
  const [first] = screen.getAllByTestId('rows-seat')
  if (first) await fireEvent.click(first)
  await fireEvent.click(screen.getByTestId('free-seats'))
  await vi.waitFor(() => expect(states).toHaveBeenCalledTimes(2))
  expect(unblock).toHaveBeenCalledWith({ seats: ['stalls-1-1'], rows: [], sections: [] })
})

it('keeps seats of the list for somebody and says which could not be', async () => {
  const block = vi.fn<SeatingApi['block']>(() =>
    Promise.resolve({ changed: 1, refused: [{ seat_id: 'stalls-1-3', reason: 'taken' }], more: 0 }),
  )
  shown(anApi({ block }))
  await fireEvent.click(screen.getByTestId('as-list'))
  const [first, , third] = screen.getAllByTestId('rows-seat')
  if (first) await fireEvent.click(first)
  if (third) await fireEvent.click(third)
  expect(screen.getAllByTestId('chosen-count')[0]?.dataset.count).toBe('2')
  await screen.findByText('Allotment “Sponsor”')
  await fireEvent.change(screen.getByTestId('keep-channel'), { target: { value: 'a1' } })
  await fill('keep-note', 'guests')
  await fireEvent.click(screen.getByTestId('keep-seats'))
  await screen.findByTestId('seats-refused')
  expect(block).toHaveBeenCalledWith({
    seats: ['stalls-1-1', 'stalls-1-3'],
    rows: [],
    sections: [],
    channel: 'a1',
    note: 'guests',
  })
})

it('moves a ticket to another seat and leads to its order', async () => {
  const move = vi.fn<SeatingApi['move']>(() => Promise.resolve([]))
  shown(anApi({ move }))
  await fireEvent.click(screen.getByTestId('as-list'))
  await vi.waitFor(() =>
    expect(screen.getAllByTestId('rows-seat')[1]?.closest('label')?.textContent).toContain('order-1'),
  )
  const [first, second] = screen.getAllByTestId('rows-seat')
  if (second) await fireEvent.click(second)
  expect(within(screen.getByTestId('chosen-ticket')).getByRole('link').getAttribute('href')).toBe(
    '/orders/order',
  )
  if (first) await fireEvent.click(first)
  await fireEvent.click(screen.getByTestId('move-seats'))
  await vi.waitFor(() =>
    expect(move).toHaveBeenCalledWith([{ ticket_id: 'order-1', seat: 'stalls-1-1' }], false),
  )
})

it('finds the seating of all again that was begun before the page was left', async () => {
  const begun = {
    id: 'j1',
    status: 'running',
    total: 2,
    done: 1,
    unknown_columns: [],
    rows: [],
    cursor: null,
  }
  const fill = vi.fn(() => Promise.resolve(begun)) as unknown as SeatingApi['fill']
  const job = vi.fn(() => Promise.resolve(begun))
  const states = vi.fn<SeatingApi['states']>(() => Promise.resolve([]))
  const api = anApi({ fill, job: job as unknown as SeatingApi['job'], states })
  const seats = () => {
    cleanup()
    shown(api)
    return fireEvent.click(screen.getByTestId('tab-seats'))
  }
  await seats()
  await fireEvent.click(screen.getByTestId('fill-go'))
  await screen.findByTestId('job')
  job.mockResolvedValue({ ...begun, status: 'done', done: 2 })
  await seats()
  await screen.findByTestId('job-done')
  await fireEvent.click(screen.getByTestId('job-put-away'))
  await seats()
  expect(screen.queryByTestId('job')).toBeNull()
  expect(fill).toHaveBeenCalledOnce()
})

it('shows what a file would change before it is taken, and takes it with its tickets', async () => {
  const none = { count: 0, seats: [] }
  const tried: PlanImported = {
    version: 4,
    dry_run: true,
    sections: 1,
    rows: 1,
    seats: 4,
    categories: [{ id: 'standard', title: 'Standard', seats: 4, tier_ids: [] }],
    added: { count: 1, seats: ['stalls-1-4'] },
    removed: none,
    moved: none,
    changed: none,
    in_the_way: [],
  }
  const take = vi.fn<SeatingApi['take']>(() => Promise.resolve(tried))
  shown(anApi({ take, send: (content) => Promise.resolve({ content }) }))
  await fireEvent.click(screen.getByTestId('tab-import'))
  const file = new File(['section,row,seat,category\nStalls,1,1,Standard\n'], 'seats.csv')
  file.text = () => Promise.resolve('section,row,seat,category\nStalls,1,1,Standard\n')
  await fireEvent.change(screen.getByTestId('plan-file'), { target: { files: [file] } })
  const shownTry = await screen.findByTestId('import-tried')
  expect(take.mock.calls[0]?.[0]).toMatchObject({ format: 'csv', dry_run: true, version: 4 })
  await fireEvent.click(within(shownTry).getByRole('checkbox'))
  await fireEvent.click(screen.getByTestId('take-plan'))
  await vi.waitFor(() => expect(take).toHaveBeenCalledTimes(2))
  expect(take.mock.calls[1]?.[0]).toMatchObject({ tiers: { Standard: ['t1'] } })
  expect(take.mock.calls[1]?.[0]).not.toHaveProperty('dry_run')
  await screen.findByTestId('plan-form')
})
