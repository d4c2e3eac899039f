import { render, screen } from '@testing-library/svelte'
import { SvelteURL } from 'svelte/reactivity'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import type { Role } from '../account'
import type { DoorsApi, EventView } from './api'
import DoorsView from './DoorsView.svelte'
import { Places } from './places.svelte'

const mocks = vi.hoisted(() => ({ at: { url: undefined as unknown as URL } }))
vi.mock('$app/state', () => ({ page: mocks.at }))
vi.mock('$app/navigation', () => ({
  goto: vi.fn((to: string) => (mocks.at.url.href = new URL(to, mocks.at.url).href)),
}))

beforeEach(() => {
  mocks.at.url = new SvelteURL('https://admit.example/doors')
  HTMLDialogElement.prototype.showModal = vi.fn()
})

const tier = { id: 't1', title: 'Pass' }
const event = {
  timezone: 'Europe/Oslo',
  categories: [{ id: 'c1', title: 'General', tiers: [tier] }],
  uncategorized: [],
} as unknown as EventView

const everyone = {
  id: 'everyone',
  title: 'Everyone',
  tier_ids: [],
  category_ids: [],
  section_ids: [],
  roles: [],
  starts_at: null,
  ends_at: null,
  again: 'after_exit' as const,
  zone_id: 'event',
  paid_only: false,
  rules: ['Every ticket.'],
}
const device = {
  id: 'd1',
  name: 'North 1',
  list_ids: ['everyone'],
  gate_id: 'g1',
  profile: 'scan' as const,
  paired_at: '2027-03-01T10:00:00Z',
  health: { seen_at: '2027-03-01T11:00:00Z', waiting: 3, battery: 12 },
}
const insight = {
  zones: [{ id: 'event', title: 'Event', inside: 5, capacity: 10 }],
  gates: [{ id: 'g1', title: 'North', inside: 5, capacity: null, entries: 8, exits: 3 }],
  tiers: [{ tier_id: 't1', tier_title: 'Pass', issued: 20, arrived: 8, not_yet: 12 }],
  issued: 20,
  arrived: 8,
  not_yet: 12,
  minutes: [{ at: '2027-03-01T10:00:00Z', gates: [], total: 8 }],
  refusals: [{ reason: 'already_in' as const, scans: 2 }],
  conflicts: 1,
  forced: 0,
  undone: 0,
  offline: 4,
  devices: [],
}

function anApi(overrides: Partial<DoorsApi> = {}): DoorsApi {
  const all = {
    lists: () => Promise.resolve([everyone]),
    gates: () => Promise.resolve([{ id: 'g1', title: 'North', capacity: null }]),
    zones: () => Promise.resolve([{ id: 'event', title: 'Event', capacity: 10 }]),
    devices: () => Promise.resolve({ items: [device], cursor: null }),
    arrivals: () => Promise.resolve(insight),
    admissions: () => Promise.resolve({ items: [], cursor: null }),
    sections: () => Promise.resolve([]),
    isPaired: () => Promise.resolve(false),
    ...overrides,
  }
  return all as unknown as DoorsApi
}

async function shown(api: DoorsApi, tab?: string, role: Role = 'manager') {
  const account = { id: 'o1', title: 'Organizer', role }
  render(DoorsView, { api, account, event, places: await Places.read(api) })
  if (tab) screen.getByTestId(`tab-${tab}`).click()
}

function fill(testId: string, text: string): void {
  const field = screen.getByTestId<HTMLInputElement>(testId)
  field.value = text
  field.dispatchEvent(new Event('input', { bubbles: true }))
}

describe('the doors of an event', () => {
  it('show who has arrived', async () => {
    await shown(anApi())
    await screen.findByTestId('arrivals')
    expect(screen.getByTestId('inside-now').dataset['count']).toBe('5')
    expect(screen.getByTestId('arrived').textContent.trim()).toBe('8 of 20')
    expect(screen.getByTestId('refusals').textContent).toMatch(/Already inside\s*2/)
  })

  it('say that there is nothing to count yet', async () => {
    await shown(anApi({ arrivals: () => Promise.resolve({ ...insight, issued: 0 }) }))
    await screen.findByTestId('arrivals-none')
  })

  it('show what kept the arrivals from coming', async () => {
    await shown(anApi({ arrivals: () => Promise.reject(new Problem(0, 'offline', 'No connection.')) }))
    expect((await screen.findByTestId('arrivals-problem')).textContent).toContain('No connection.')
  })

  it('add a device, show its code once, and tell when it has taken that up', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const isPaired = vi.fn(() => Promise.resolve(true))
    const addDevice = vi.fn<DoorsApi['addDevice']>(() =>
      Promise.resolve({
        ...device,
        id: 'd2',
        name: 'South 1',
        paired_at: null,
        code: 'b3a1c2d4e5f60718.secret',
        pairing_until: '2027-03-08T10:00:00Z',
        pair_url: 'https://tickets.example/work/door#pair=b3a1c2d4e5f60718.secret',
      }),
    )
    await shown(anApi({ addDevice, isPaired }), 'devices')
    await vi.waitFor(() => screen.getByTestId('device'))
    screen.getByTestId('add-device').click()
    await vi.waitFor(() => screen.getByTestId('device-dialog'))
    fill('device-name', ' South 1 ')
    screen.getByTestId('device-save').click()
    await vi.waitFor(() => screen.getByTestId('drawn-code'))
    expect(addDevice).toHaveBeenCalledWith({ name: 'South 1', gate_id: null, profile: 'scan', list_ids: [] })
    expect(screen.getByTestId('pairing-code').textContent).toContain('b3a1c2d4e5f60718.secret')
    await vi.advanceTimersByTimeAsync(3_000)
    vi.useRealTimers()
    await screen.findByTestId('pair-done')
    expect(screen.queryByTestId('drawn-code')).toBeNull()
  })

  it('show a refused field beside it, and what was typed stays', async () => {
    const fault = new Problem(422, 'invalid_input', 'Some entries are not right.', [
      { field: 'name', message: 'is empty' },
    ])
    await shown(anApi({ addDevice: () => Promise.reject(fault) }), 'devices')
    ;(await screen.findByTestId('add-device')).click()
    await screen.findByTestId('device-dialog')
    fill('device-name', '  ')
    screen.getByTestId('device-save').click()
    await screen.findByTestId('device-problem')
    expect(screen.getByTestId('device-name').getAttribute('aria-invalid')).toBe('true')
  })

  it('revoke a device after asking, and warn of scans that wait on it', async () => {
    const revoke = vi.fn(() => Promise.resolve(null))
    await shown(anApi({ revoke }), 'devices')
    ;(await screen.findByTestId('revoke-device')).click()
    const dialog = await screen.findByTestId('remove')
    expect(dialog.textContent).toContain('3 scans')
    screen.getByTestId('remove-go').click()
    await vi.waitFor(() => expect(revoke).toHaveBeenCalledWith('d1'))
  })

  it('let who works at the door look, and change nothing', async () => {
    await shown(anApi(), 'devices', 'door')
    await screen.findByTestId('device')
    for (const one of ['add-device', 'edit-device', 'revoke-device'])
      expect(screen.queryByTestId(one)).toBeNull()
    screen.getByTestId('tab-lists').click()
    expect((await screen.findByTestId('check-in-list')).textContent).toContain('Every ticket.')
    expect(screen.queryByTestId('add-list')).toBeNull()
  })

  it('add a list with its rules', async () => {
    const addList = vi.fn<DoorsApi['addList']>(() => Promise.resolve(everyone))
    await shown(anApi({ addList }), 'lists')
    ;(await screen.findByTestId('add-list')).click()
    await screen.findByTestId('list-dialog')
    fill('list-title', 'Passes')
    screen.getByTestId('list-tiers').querySelector('input')?.click()
    screen.getByTestId('list-paid-only').click()
    screen.getByTestId('list-save').click()
    await vi.waitFor(() => expect(addList).toHaveBeenCalledOnce())
    expect(addList.mock.calls[0]?.[0]).toMatchObject({
      title: 'Passes',
      tier_ids: ['t1'],
      again: 'after_exit',
      zone_id: 'event',
      paid_only: true,
      starts_at: null,
    })
  })

  it('never remove the list of everyone, nor the event as a zone', async () => {
    await shown(anApi(), 'lists')
    await screen.findByTestId('check-in-list')
    expect(screen.queryByTestId('remove-list')).toBeNull()
    screen.getByTestId('tab-places').click()
    await screen.findByTestId('zone')
    expect(screen.queryByTestId('remove-zone')).toBeNull()
    expect(screen.queryByTestId('remove-gate')).not.toBeNull()
  })

  it('set and clear the capacity of the event, whose name is not theirs', async () => {
    const changeZone = vi.fn<DoorsApi['changeZone']>(() =>
      Promise.resolve({ id: 'event', title: 'Event', capacity: null }),
    )
    await shown(anApi({ changeZone }), 'places')
    ;(await screen.findByTestId('edit-zone')).click()
    await screen.findByTestId('place-dialog')
    expect(screen.queryByTestId('place-title')).toBeNull()
    fill('place-capacity', 'many')
    screen.getByTestId('place-save').click()
    await vi.waitFor(() =>
      expect(screen.getByTestId('place-capacity').getAttribute('aria-invalid')).toBe('true'),
    )
    expect(changeZone).not.toHaveBeenCalled()
    fill('place-capacity', '')
    screen.getByTestId('place-save').click()
    await vi.waitFor(() => expect(changeZone).toHaveBeenCalledWith('event', { capacity: null }))
  })

  it('list what has happened by outcome, with the entry that came before a conflict', async () => {
    const row = {
      id: 's1',
      at: '2027-03-01T11:00:00Z',
      device_at: null,
      direction: 'in' as const,
      outcome: 'conflict' as const,
      reason: 'already_in' as const,
      forced: null,
      offline: true,
      marked: null,
      list: { id: 'everyone', title: 'Everyone' },
      gate: null,
      zone_id: 'event',
      device: { id: 'd1', title: 'North 1' },
      ticket: { id: 'o-1', number: 1, tier_title: 'Pass', order_code: 'AAAAA-BBBB' },
      tier_id: 't1',
      person: 'Ada Lovelace',
      winner: { at: '2027-03-01T10:58:00Z', gate: 'South', device: 'South 1' },
    }
    const admissions = vi.fn<DoorsApi['admissions']>(() => Promise.resolve({ items: [row], cursor: null }))
    const note = vi.fn(() => Promise.resolve({ ticket_id: 'o-1', attention: true, note: 'x' }))
    await shown(anApi({ admissions, note }), 'log')
    expect((await screen.findByTestId('winner')).textContent).toContain('South')
    const outcome = screen.getByTestId<HTMLSelectElement>('log-outcome')
    outcome.value = 'conflict'
    outcome.dispatchEvent(new Event('change', { bubbles: true }))
    await vi.waitFor(() => expect(admissions.mock.calls.at(-1)?.[0]).toMatchObject({ outcome: 'conflict' }))
    ;(await screen.findByTestId('note-ticket')).click()
    await screen.findByTestId('note-dialog')
    fill('note-text', 'Speaks at ten')
    screen.getByTestId('note-save').click()
    await vi.waitFor(() =>
      expect(note).toHaveBeenCalledWith('o-1', { attention: false, note: 'Speaks at ten' }),
    )
  })
})
