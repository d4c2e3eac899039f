import { fireEvent, render, screen, within } from '@testing-library/svelte'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import { eur } from '$lib/fixtures'
import type { Account } from '../account'
import type { EventsApi, EventView, SetupApi } from './api'
import ChecklistPage from './ChecklistPage.svelte'
import EventPage from './EventPage.svelte'
import EventsPage from './EventsPage.svelte'
import { aChecklist, anApi, anEvent, aTier } from './fixtures'
import NewEventDialog from './NewEventDialog.svelte'
import QuestionPanel from './QuestionPanel.svelte'
import SortableCase from './SortableCase.svelte'
import TierPage from './TierPage.svelte'
import Whitelist from './Whitelist.svelte'

const mocks = vi.hoisted(() => ({
  goto: vi.fn(async () => undefined),
  invalidate: vi.fn(async () => undefined),
}))
vi.mock('$app/navigation', () => ({ ...mocks, beforeNavigate: vi.fn() }))

beforeEach(() => {
  for (const opens of ['show', 'showModal', 'close'] as const) HTMLDialogElement.prototype[opens] = vi.fn()
  window.matchMedia = vi.fn(() => new EventTarget() as MediaQueryList)
  mocks.goto.mockClear()
})

const account: Account = { id: 'o1', title: 'Organizer', role: 'manager' }
const address = (id: string) => `/pictures/${id}`

async function type(testId: string, value: string): Promise<void> {
  await fireEvent.input(screen.getByTestId(testId), { target: { value } })
}

async function enter(testId: string, date: string, time: string): Promise<void> {
  for (const [part, value] of [
    ['date', date],
    ['time', time],
  ] as const) {
    const field = screen.getByTestId(`${testId}-${part}`)
    await fireEvent.input(field, { target: { value } })
    await fireEvent.change(field)
  }
}

const press = (testId: string) => fireEvent.click(screen.getByTestId(testId))

describe('a new event', () => {
  function show(create: EventsApi['create']) {
    const ondone = vi.fn()
    render(NewEventDialog, {
      api: { create } as EventsApi,
      like: anEvent({ timezone: 'Europe/Oslo', currency: 'NOK' }),
      ondone,
      onclose: vi.fn(),
    })
    return ondone
  }

  async function fill(): Promise<void> {
    await type('new-title', 'Sommerfest på Øya')
    await enter('new-starts', '2027-06-03', '09:00')
  }

  it('needs a title and a start; the rest follows from them', async () => {
    const create = vi.fn<EventsApi['create']>(() => Promise.resolve(anEvent()))
    const ondone = show(create)
    await press('create-event')
    expect(create).not.toHaveBeenCalled()
    expect(screen.getByTestId('new-title').getAttribute('aria-invalid')).toBe('true')
    await fill()
    await press('create-event')
    await vi.waitFor(() => expect(ondone).toHaveBeenCalledOnce())
    expect(create.mock.lastCall?.[0]).toEqual({
      title: 'Sommerfest på Øya',
      slug: 'sommerfest-paa-oeya',
      timezone: 'Europe/Oslo',
      currency: 'NOK',
      language: 'en',
      starts_at: '2027-06-03T07:00:00Z',
      ends_at: '2027-06-03T10:00:00Z',
    })
  })

  it('is one and the same when it is sent again, and another one when it is corrected', async () => {
    const create = vi.fn<EventsApi['create']>(() => Promise.reject(new Problem(0, 'offline', 'Away.')))
    show(create)
    await fill()
    await press('create-event')
    await screen.findByTestId('new-event-problem')
    await press('create-event')
    await vi.waitFor(() => expect(create).toHaveBeenCalledTimes(2))
    await screen.findByTestId('new-event-problem')
    await type('new-slug', 'another')
    await press('create-event')
    await vi.waitFor(() => expect(create).toHaveBeenCalledTimes(3))
    const [first, second, third] = create.mock.calls.map(([, key]) => key)
    expect(second).toBe(first)
    expect(third).not.toBe(first)
  })

  it('says beside the address that it is taken', async () => {
    const taken = new Problem(409, 'slug_taken', 'Taken.', [{ field: 'slug', message: 'is taken' }])
    show(() => Promise.reject(taken))
    await fill()
    await press('create-event')
    await vi.waitFor(() => expect(screen.getByTestId('new-slug').getAttribute('aria-invalid')).toBe('true'))
    expect(screen.getByTestId<HTMLInputElement>('new-title').value).toBe('Sommerfest på Øya')
  })
})

describe('the events of an account', () => {
  const NOW = Date.parse('2027-01-01T00:00:00Z')

  function show(events: EventView[], role: Account['role'] = 'manager') {
    const read = vi.fn((id: string) =>
      Promise.resolve(
        anEvent({
          id,
          categories: [
            {
              id: 'c1',
              title: 'General',
              description: '',
              position: 0,
              tiers: [aTier({ ticket_count: 7 }), aTier({ id: 't2', ticket_count: 5, add_on_of: 't1' })],
            },
          ],
        }),
      ),
    )
    const api = { read } as unknown as EventsApi
    render(EventsPage, { props: { api, account: { ...account, role }, events, now: NOW } })
    return read
  }

  it('stand by what is coming and what was, with how many guests are in', async () => {
    const past = { id: 'past', starts_at: '2026-06-03T07:00:00Z', ends_at: '2026-06-03T15:00:00Z' }
    show([anEvent({ status: 'published', capacity: 40 }), anEvent(past)])
    expect(within(screen.getByTestId('coming-events')).getAllByTestId('events-row')).toHaveLength(1)
    expect(within(screen.getByTestId('past-events')).getAllByTestId('events-row')).toHaveLength(1)
    expect((await screen.findByTestId('taken')).textContent).toContain('7 of 40')
  })

  it('say that there is none yet, and how one comes', () => {
    show([])
    expect(screen.getByTestId('no-events')).toBeTruthy()
    expect(screen.getByTestId('new-event')).toBeTruthy()
  })

  it('are only looked at by who may not set any up', () => {
    show([anEvent()], 'finance')
    for (const one of ['new-event', 'copy-event']) expect(screen.queryByTestId(one)).toBeNull()
  })
})

describe('the checklist', () => {
  const missing = {
    id: 'prices',
    state: 'missing' as const,
    title: 'Prices',
    detail: 'Give each.',
    where: 'prices' as const,
  }

  it('says what is missing and where it is mended, and publishing is refused with it', async () => {
    const refused = new Problem(409, 'not_ready', 'Something is missing.')
    const publish = vi.fn<SetupApi['publish']>(() => Promise.reject(refused))
    const api = anApi({ publish })
    render(ChecklistPage, { api, account, event: anEvent(), checklist: aChecklist([missing]) })
    const item = within(screen.getByTestId('missing')).getByTestId('checklist-item')
    expect(item.dataset['item']).toBe('prices')
    expect(within(item).getByTestId('mend').getAttribute('href')).toBe(
      '/work/organizer/o1/events/e1/setup/tiers',
    )
    await press('publish')
    expect((await screen.findByTestId('publish-problem')).textContent).toContain('Something is missing.')
  })

  it('publishes, and reads the event anew', async () => {
    const publish = vi.fn<SetupApi['publish']>(() => Promise.resolve(anEvent()))
    render(ChecklistPage, {
      api: anApi({ publish }),
      account,
      event: anEvent(),
      checklist: aChecklist([], true),
    })
    expect(screen.getByTestId('can-publish')).toBeTruthy()
    await press('publish')
    await vi.waitFor(() => expect(mocks.invalidate).toHaveBeenCalledWith('work:event'))
    expect(publish).toHaveBeenCalledOnce()
  })

  it('shows what calling off does, and does it once the name is typed', async () => {
    const summary = { orders: 12, tickets: 30, paid: eur(49_000) }
    const cancel = vi.fn<SetupApi['cancel']>(() => Promise.resolve(anEvent({ status: 'cancelled' })))
    const api = anApi({ cancel, summary: () => Promise.resolve(summary) as never })
    render(ChecklistPage, {
      api,
      account,
      event: anEvent({ status: 'published' }),
      checklist: aChecklist([], true),
    })
    await press('cancel-event')
    const told = await screen.findByTestId('cancel-consequences')
    expect(told.textContent).toContain('12')
    expect(told.textContent).toContain('490')
    await press('remove-go')
    expect(cancel).not.toHaveBeenCalled()
    await type('remove-typed', 'Fair')
    await press('remove-go')
    await vi.waitFor(() => expect(cancel).toHaveBeenCalledWith({ refund: true, note: '' }))
  })
})

describe('the form of an event', () => {
  it('sends what was changed and nothing else', async () => {
    const api = anApi()
    render(EventPage, { api, event: anEvent(), address })
    await type('event-venue', 'Town hall')
    await type('event-capacity', '120')
    await press('save')
    await vi.waitFor(() => expect(api.changeEvent).toHaveBeenCalledOnce())
    expect(api.changeEvent).toHaveBeenCalledWith({
      venue: { name: 'Town hall', address: '' },
      capacity: 120,
    })
    await vi.waitFor(() => expect(screen.queryByTestId('save-bar')).toBeNull())
  })

  it('sends nothing while a number is none', async () => {
    const api = anApi()
    render(EventPage, { api, event: anEvent({ capacity: 50 }), address })
    await type('event-capacity', 'many')
    expect(screen.getByTestId('event-capacity').getAttribute('aria-invalid')).toBe('true')
    await press('save')
    await vi.waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('event-capacity')))
    expect(api.changeEvent).not.toHaveBeenCalled()
  })

  it('tells what somebody else has changed, and waits for a decision', async () => {
    const api = anApi({ event: () => Promise.resolve(anEvent({ title: 'Theirs' })) })
    render(EventPage, { api, event: anEvent(), address })
    await type('event-title', 'Mine')
    await press('save')
    expect((await screen.findByTestId('clash')).textContent).toContain('Title')
    expect(api.changeEvent).not.toHaveBeenCalled()
    await press('keep-mine')
    await vi.waitFor(() => expect(api.changeEvent).toHaveBeenCalledWith({ title: 'Mine' }))
  })
})

describe('the editor of a tier', () => {
  function show(api: SetupApi, tier?: ReturnType<typeof aTier>, event = anEvent()) {
    render(TierPage, { api, account, event, tier, quotas: [], address })
  }

  it('makes a tier with its price, and shows it as the page will', async () => {
    const addTier = vi.fn<SetupApi['addTier']>(() => Promise.resolve(aTier()))
    show(anApi({ addTier }))
    await type('tier-title', 'Early bird')
    await type('price-amount', '49')
    await type('tier-limit', '20')
    expect(screen.getByTestId('tier-preview').textContent).toContain('Early bird')
    expect(screen.getByTestId('tier-preview').textContent).toContain('€49.00')
    await press('price-invoice')
    await press('save')
    await vi.waitFor(() => expect(addTier).toHaveBeenCalledOnce())
    expect(addTier.mock.lastCall?.[0]).toMatchObject({
      title: 'Early bird',
      category: 'c1',
      ticket_limit: 20,
      prices: [{ amount: eur(4900), payment_methods: ['card', 'invoice'] }],
    })
    await vi.waitFor(() => expect(mocks.goto).toHaveBeenCalled())
  })

  it('keeps prices by their ids and sends them only when they were changed', async () => {
    const api = anApi()
    show(api, aTier())
    await type('tier-line', 'All days')
    await press('save')
    await vi.waitFor(() =>
      expect(api.changeTier).toHaveBeenCalledWith('t1', { description_line: 'All days' }),
    )
    await press('add-price')
    await press('save')
    await vi.waitFor(() => expect(api.changeTier).toHaveBeenCalledTimes(2))
    const { prices } = vi.mocked(api.changeTier).mock.lastCall?.[1] ?? {}
    expect(prices?.map(({ id }) => id)).toEqual(['p1', undefined])
  })

  it('keeps how a price is paid while its amount is typed anew', async () => {
    const api = anApi()
    show(api, aTier())
    await press('price-invoice')
    for (const typed of ['', '0', '0.5']) await type('price-amount', typed)
    await press('save')
    await vi.waitFor(() => expect(api.changeTier).toHaveBeenCalledOnce())
    const { prices } = vi.mocked(api.changeTier).mock.lastCall?.[1] ?? {}
    expect(prices).toMatchObject([{ amount: eur(50), payment_methods: ['card', 'invoice'] }])
  })

  it('leaves it open how nothing is paid', async () => {
    const api = anApi()
    show(api, aTier())
    await type('price-amount', '0')
    await press('save')
    await vi.waitFor(() => expect(api.changeTier).toHaveBeenCalledOnce())
    const { prices } = vi.mocked(api.changeTier).mock.lastCall?.[1] ?? {}
    expect(prices).toMatchObject([{ amount: eur(0), payment_methods: null }])
  })

  it('does not send a price without its amount', async () => {
    const api = anApi()
    show(api, aTier())
    await type('price-amount', '')
    await press('save')
    await vi.waitFor(() =>
      expect(screen.getByTestId('price-amount').getAttribute('aria-invalid')).toBe('true'),
    )
    expect(api.changeTier).not.toHaveBeenCalled()
  })

  it('puts what is refused of a price beside it', async () => {
    const refused = new Problem(409, 'limit_below_sold', 'Too few.', [
      { field: 'prices[0].quantity', message: '3 are sold' },
      { field: 'ticket_limit', message: '5 are sold' },
    ])
    show(anApi({ changeTier: () => Promise.reject(refused) }), aTier())
    await type('price-quantity', '2')
    await press('save')
    await vi.waitFor(() =>
      expect(screen.getByTestId('price-quantity').getAttribute('aria-invalid')).toBe('true'),
    )
    expect(screen.getByTestId('tier-limit').getAttribute('aria-invalid')).toBe('true')
  })

  it('makes what is for invited people private and in need of approval', async () => {
    show(anApi(), aTier())
    await press('tier-limited')
    for (const forced of ['tier-private', 'tier-approval']) {
      const box = screen.getByTestId<HTMLInputElement>(forced)
      expect([box.checked, box.disabled]).toEqual([true, true])
    }
    expect(await screen.findByTestId('whitelist')).toBeTruthy()
  })

  it('leaves a passcode alone until it is changed or taken away', async () => {
    const api = anApi()
    show(api, aTier({ passcode_enabled: true }))
    expect(screen.queryByTestId('tier-passcode')).toBeNull()
    await fireEvent.click(within(screen.getByTestId('passcode-set')).getByText('Remove'))
    await press('save')
    await vi.waitFor(() => expect(api.changeTier).toHaveBeenCalledWith('t1', { passcode: null }))
  })

  it('keeps the free tier free', () => {
    show(anApi(), aTier({ default: true }))
    expect(screen.getByTestId<HTMLInputElement>('price-amount').disabled).toBe(true)
    expect(screen.queryByTestId('remove-tier')).toBeNull()
  })

  it('says what is settled once the event is on sale', () => {
    show(anApi(), aTier(), anEvent({ status: 'published' }))
    expect(screen.getByTestId<HTMLSelectElement>('tier-add-on').disabled).toBe(true)
  })
})

it('a whitelist takes what is pasted, but for rows at fault', async () => {
  const changeWhitelist = vi.fn<SetupApi['changeWhitelist']>(() =>
    Promise.resolve([{ email: 'ada@example.com' }, { email: 'bo@example.com' }]),
  )
  const api = { whitelist: () => Promise.resolve([{ email: 'ada@example.com' }]), changeWhitelist }
  render(Whitelist, { api, tier: 't1', onchange: () => Promise.resolve() })
  await vi.waitFor(() => expect(screen.getByTestId('whitelist-size').dataset['count']).toBe('1'))
  await type('whitelist-paste', 'ADA@example.com\nbo@example.com\nnobody')
  expect(screen.getByTestId('whitelist-row-fault').textContent).toContain('nobody')
  await press('whitelist-add')
  await vi.waitFor(() => expect(screen.getByTestId('whitelist-size').dataset['count']).toBe('2'))
  expect(changeWhitelist).toHaveBeenCalledWith('t1', { add: [{ email: 'bo@example.com' }] }, false)
  expect(screen.getByTestId<HTMLTextAreaElement>('whitelist-paste').value).toBe('nobody')
})

describe('a list in order', () => {
  const items = ['a', 'b', 'c'].map((id) => ({ id, title: id.toUpperCase() }))
  const order = () => screen.getAllByTestId('sortable-item').map((item) => item.dataset['id'])
  const handle = (at: number) => screen.getAllByTestId('move')[at] as HTMLElement

  it('is changed by the arrow keys, and says where a row is now', async () => {
    const onorder = vi.fn<(ids: string[]) => Promise<void>>(() => new Promise(() => undefined))
    render(SortableCase, { items, onorder })
    await fireEvent.keyDown(handle(0), { key: 'ArrowDown' })
    expect(onorder).toHaveBeenCalledWith(['b', 'a', 'c'])
    expect(order()).toEqual(['b', 'a', 'c'])
    expect(screen.getByRole('status').textContent).toBe('A is now 2 of 3')
    await fireEvent.keyDown(handle(2), { key: 'ArrowDown' })
    expect(onorder).toHaveBeenCalledOnce()
  })

  it('shows the old order again when another one was not kept', async () => {
    render(SortableCase, { items, onorder: () => Promise.resolve() })
    await fireEvent.keyDown(handle(2), { key: 'Home' })
    await vi.waitFor(() => expect(order()).toEqual(['a', 'b', 'c']))
  })
})

it('a question is made with its options, and shown as it will be asked', async () => {
  const addQuestion = vi.fn<SetupApi['addQuestion']>(() => Promise.resolve({} as never))
  const onclose = vi.fn()
  render(QuestionPanel, {
    api: anApi({ addQuestion }),
    event: anEvent(),
    questions: [],
    ondone: () => Promise.resolve(),
    onclose,
  })
  await type('question-title', 'What do you eat?')
  await fireEvent.change(screen.getByTestId('question-kind'), { target: { value: 'choice' } })
  await type('option-label', 'Fish')
  expect(screen.getByTestId('question-preview').textContent).toContain('Fish')
  await press('question-save')
  await vi.waitFor(() => expect(onclose).toHaveBeenCalledOnce())
  expect(addQuestion.mock.lastCall?.[0]).toMatchObject({
    title: 'What do you eat?',
    kind: 'choice',
    options: [{ label: 'Fish', active: true }],
  })
})

it('a panel with changes asks before it closes', async () => {
  const onclose = vi.fn()
  render(QuestionPanel, {
    api: anApi(),
    event: anEvent(),
    questions: [],
    ondone: () => Promise.resolve(),
    onclose,
  })
  await type('question-title', 'What do you eat?')
  await press('close-drawer')
  expect(onclose).not.toHaveBeenCalled()
  await fireEvent.click(await screen.findByTestId('leave-go'))
  expect(onclose).toHaveBeenCalledOnce()
})
