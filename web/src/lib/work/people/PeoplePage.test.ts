import { fireEvent, render, screen } from '@testing-library/svelte'
import { SvelteURL } from 'svelte/reactivity'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import { screenOfTests } from '../office/fixtures'
import type { PeopleApi, Person, WaitingEntry } from './api'
import { anEvent, aPeopleApi, aPerson } from './fixtures'
import PeoplePage from './PeoplePage.svelte'

const mocks = vi.hoisted(() => ({ at: { url: undefined as unknown as URL } }))
vi.mock('$app/state', () => ({ page: mocks.at }))
vi.mock('$app/navigation', () => ({
  beforeNavigate: vi.fn(),
  goto: vi.fn((to: string) => (mocks.at.url.href = new URL(to, mocks.at.url).href)),
}))

beforeEach(() => {
  screenOfTests()
  mocks.at.url = new SvelteURL('https://admit.example/people')
})

const account = { id: 'o1', title: 'Northern Lights', role: 'manager' as const }
const grace = aPerson({ id: 'p2', name: 'Grace Hopper', email: 'grace@example.com' })
const list = <T>(...items: T[]) => Promise.resolve({ items, cursor: null })

async function show(overrides: Partial<PeopleApi>) {
  render(PeoplePage, { api: aPeopleApi(overrides), account, event: anEvent() })
  await screen.findByTestId('person-row')
}

async function open() {
  await fireEvent.click(screen.getByTestId('open'))
  await screen.findByTestId('person-panel')
}

const tab = (name: string) => fireEvent.click(screen.getByTestId(`tab-${name}`))

describe('the people of an event', () => {
  it('are found by words, and those who come late to an earlier question are left out', async () => {
    let late: ((page: { items: Person[]; cursor: null }) => void) | undefined
    const persons = vi.fn<PeopleApi['persons']>((q) => {
      if (q === 'a') return new Promise((answer) => (late = answer))
      return q === 'grace' ? list(grace) : list(aPerson())
    })
    await show({ persons })
    vi.useFakeTimers()
    await fireEvent.input(screen.getByTestId('person-search'), { target: { value: 'a' } })
    await vi.advanceTimersByTimeAsync(300)
    await fireEvent.input(screen.getByTestId('person-search'), { target: { value: 'grace' } })
    await vi.advanceTimersByTimeAsync(300)
    vi.useRealTimers()
    late?.({ items: [aPerson()], cursor: null })
    await screen.findByText('Grace Hopper')
    expect(screen.queryByText('Ada Lovelace')).toBeNull()
  })

  it('are changed in what was touched, and what is refused stays as it was typed', async () => {
    const changePerson = vi.fn<PeopleApi['changePerson']>()
    changePerson.mockRejectedValueOnce(
      new Problem(422, 'invalid_input', 'Some entries are not right.', [
        { field: 'company', message: 'is too long' },
      ]),
    )
    changePerson.mockResolvedValueOnce(aPerson())
    await show({ changePerson })
    await open()
    await fireEvent.input(screen.getByTestId('person-company'), { target: { value: 'Fjord' } })
    await fireEvent.click(screen.getByTestId('person-save'))
    await screen.findByText('is too long')
    expect(screen.getByTestId('person-company')).toHaveProperty('value', 'Fjord')
    await fireEvent.click(screen.getByTestId('person-save'))
    await vi.waitFor(() => expect(screen.queryByTestId('person-panel')).toBeNull())
    expect(changePerson).toHaveBeenLastCalledWith('p1', { company: 'Fjord' })
  })

  it('are told to have been changed by somebody else, and overwritten only where that is wanted', async () => {
    const changePerson = vi.fn<PeopleApi['changePerson']>(() => Promise.resolve(aPerson()))
    const person = () => Promise.resolve(aPerson({ title: 'Engineer', note: 'Theirs' }))
    await show({ person, changePerson })
    await open()
    await fireEvent.input(screen.getByTestId('person-note'), { target: { value: 'Mine' } })
    await fireEvent.click(screen.getByTestId('person-save'))
    expect((await screen.findByTestId('clash')).textContent).toContain('Notes')
    expect(changePerson).not.toHaveBeenCalled()
    expect(screen.getByTestId('person-title')).toHaveProperty('value', 'Engineer')
    await fireEvent.click(screen.getByTestId('keep-mine'))
    await vi.waitFor(() => expect(changePerson).toHaveBeenCalledWith('p1', { note: 'Mine' }))
    await vi.waitFor(() => expect(screen.queryByTestId('person-panel')).toBeNull())
  })

  it('are entered with a name and an address', async () => {
    const addPerson = vi.fn<PeopleApi['addPerson']>(() => Promise.resolve(grace))
    await show({ addPerson })
    await fireEvent.click(screen.getByTestId('add-person'))
    await fireEvent.click(screen.getByTestId('person-save'))
    await vi.waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('person-name')))
    expect(screen.getByTestId('person-email').getAttribute('aria-invalid')).toBe('true')
    await fireEvent.input(screen.getByTestId('person-name'), { target: { value: 'Grace Hopper ' } })
    await fireEvent.input(screen.getByTestId('person-email'), { target: { value: 'grace@example.com' } })
    await fireEvent.click(screen.getByTestId('person-save'))
    const entered = { name: 'Grace Hopper', email: 'grace@example.com' }
    await vi.waitFor(() => expect(addPerson).toHaveBeenCalledWith(expect.objectContaining(entered)))
    await vi.waitFor(() => expect(screen.queryByTestId('person-panel')).toBeNull())
  })

  it('are not left for another one with changes that are not kept, unless that is meant', async () => {
    render(PeoplePage, {
      api: aPeopleApi({ persons: () => list(aPerson(), grace) }),
      account,
      event: anEvent(),
    })
    const [first, second] = await screen.findAllByTestId('open')
    await fireEvent.click(first as HTMLElement)
    await screen.findByTestId('person-panel')
    await fireEvent.input(screen.getByTestId('person-company'), { target: { value: 'Fjord' } })
    await fireEvent.click(second as HTMLElement)
    const leave = await screen.findByTestId('leave')
    expect(screen.getByTestId('person-company')).toHaveProperty('value', 'Fjord')
    await fireEvent.click(leave.querySelector('[data-testid=leave-go]') as HTMLElement)
    await vi.waitFor(() => expect(screen.getByTestId('person-name')).toHaveProperty('value', 'Grace Hopper'))
  })

  it('are not left for the waiting list with changes that are not kept, unless that is meant', async () => {
    await show({ waiting: () => list() })
    await open()
    await fireEvent.input(screen.getByTestId('person-company'), { target: { value: 'Fjord' } })
    await tab('waiting')
    await screen.findByTestId('leave')
    expect(screen.getByTestId('person-company')).toHaveProperty('value', 'Fjord')
    expect(mocks.at.url.search).toBe('')
    await fireEvent.click(screen.getByTestId('leave-go'))
    await vi.waitFor(() => expect(screen.queryByTestId('persons-page')).toBeNull())
    expect(mocks.at.url.search).toBe('?tab=waiting')
  })

  it('who are here twice become one, of whom either stays', async () => {
    const merge = vi.fn<PeopleApi['merge']>(() => Promise.resolve(grace))
    await show({ merge, persons: (q) => (q ? list(aPerson(), grace) : list(aPerson())) })
    await open()
    await tab('merge')
    await fireEvent.click(screen.getByTestId('merge-find'))
    const other = await screen.findByTestId('merge-other')
    expect(other.dataset.person).toBe('p2')
    await fireEvent.click(other.querySelector('input') as HTMLElement)
    expect(screen.getByTestId('merge-what').textContent).toContain('Ada Lovelace (ada@example.com) stays')
    await fireEvent.click(screen.getByTestId('merge-turn'))
    await fireEvent.click(screen.getByTestId('merge-go'))
    await vi.waitFor(() => expect(merge).toHaveBeenCalledWith('p2', 'p1'))
  })

  it('are erased once their name was typed', async () => {
    const erase = vi.fn<PeopleApi['erase']>(() =>
      Promise.resolve({ person_id: 'p1', tickets: 0, orders_erased: [], orders_kept: ['o1'] }),
    )
    await show({ erase })
    await open()
    await tab('privacy')
    await fireEvent.click(screen.getByTestId('erase-person'))
    await fireEvent.click(screen.getByTestId('remove-go'))
    expect(erase).not.toHaveBeenCalled()
    await fireEvent.input(screen.getByTestId('remove-typed'), { target: { value: 'Ada Lovelace' } })
    await fireEvent.click(screen.getByTestId('remove-go'))
    await vi.waitFor(() => expect(erase).toHaveBeenCalledWith('p1'))
  })

  it('come from a file that is tried first, under a key for each of both', async () => {
    const importPersons = vi.fn<PeopleApi['importPersons']>(() =>
      Promise.resolve({ id: 'j1' } as Awaited<ReturnType<PeopleApi['importPersons']>>),
    )
    const done = { id: 'j1', status: 'done', total: 1, done: 1, unknown_columns: [], rows: [], cursor: null }
    const job = () => Promise.resolve(done as unknown as Awaited<ReturnType<PeopleApi['job']>>)
    await show({ importPersons, job })
    await fireEvent.click(screen.getByTestId('import-persons'))
    const input = screen.getByTestId('import-file')
    const csv = 'email,name\nbo@example.com,Bo\n'
    Object.defineProperty(input, 'files', {
      value: [{ name: 'people.csv', text: () => Promise.resolve(csv) }],
    })
    await fireEvent.change(input)
    await fireEvent.click(await screen.findByTestId('import-go'))
    await vi.waitFor(() => expect(importPersons).toHaveBeenCalledTimes(2))
    const [tried, applied] = importPersons.mock.calls
    expect([tried?.slice(1), applied?.slice(1)]).toEqual([
      [csv, true],
      [csv, false],
    ])
    expect(applied?.[0]).not.toBe(tried?.[0])
  })
})

describe('the waiting list', () => {
  it('is open where the address names it; a tab that there is not is passed over', async () => {
    mocks.at.url.search = '?tab=waiting'
    render(PeoplePage, { api: aPeopleApi({ waiting: () => list() }), account, event: anEvent() })
    expect(screen.getByTestId('tab-waiting').getAttribute('aria-selected')).toBe('true')
    expect(screen.queryByTestId('persons-page')).toBeNull()
    mocks.at.url.search = '?tab=nothing'
    await screen.findByTestId('persons-page')
  })

  it('has a round of offers, and lets one who waits go', async () => {
    const entry: WaitingEntry = {
      id: 'w1',
      email: 'bo@example.com',
      name: 'Bo',
      quantity: 2,
      tier_ids: ['t1'],
      status: 'waiting',
      joined_at: '2027-03-01T10:00:00Z',
      offered_tier: null,
      offer_until: null,
    }
    const gone: WaitingEntry = { ...entry, id: 'w2', status: 'expired' }
    const takeOffList = vi.fn(() => Promise.resolve(null))
    await show({
      waiting: () => list(entry, gone),
      offerNow: () => Promise.resolve({ offers: 1 }),
      takeOffList,
    })
    await tab('waiting')
    expect((await screen.findAllByTestId('waiting-row'))[0]?.textContent).toContain('Pass')
    await fireEvent.click(screen.getByTestId('offer-now'))
    expect((await screen.findByTestId('offer-outcome')).textContent).toContain('1 offer')
    await fireEvent.click(screen.getByTestId('take-off'))
    await fireEvent.click(screen.getByTestId('remove-go'))
    await vi.waitFor(() => expect(takeOffList).toHaveBeenCalledWith('w1'))
  })
})
