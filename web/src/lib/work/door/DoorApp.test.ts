import { render, screen } from '@testing-library/svelte'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { admitted, emptyDisk, goodCode, plainList, vectors } from '$lib/door/fixtures'
import DoorApp from './DoorApp.svelte'
import { API, aPairing, aServer, CODE, GONE, Refusal } from './fixtures'
import { Station } from './station.svelte'

vi.mock('$app/navigation', () => ({ replaceState: () => (location.hash = '') }))

beforeEach(() => {
  emptyDisk()
  location.hash = ''
  HTMLDialogElement.prototype.showModal = vi.fn()
})

const config = { api_url: API, sign_in_url: '', user_pool_client_id: '' }

function opened(server = aServer()) {
  const station = new Station(API, undefined, server.fetcher)
  render(DoorApp, { config, station })
  return { station, server }
}

/** What a hardware scanner types. */
function type(code: string): void {
  for (const key of [...code, 'Enter'])
    window.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
}

async function paired(server = aServer()) {
  location.hash = `#pair=${CODE}`
  const all = opened(server)
  await screen.findByTestId('desk')
  return all
}

describe('the app of a door', () => {
  it('pairs by the link that it is opened with, and forgets the code of it', async () => {
    const { server } = await paired()
    expect(server.asked('POST /checkin/pair')).toEqual([{ code: CODE }])
    expect(location.hash).toBe('')
  })

  it('pairs by a code that is typed, and says of another that it is none', async () => {
    const { server } = opened()
    const field = await screen.findByTestId<HTMLInputElement>('pair-code')
    const enter = (text: string) => {
      field.value = text
      field.dispatchEvent(new Event('input', { bubbles: true }))
      screen.getByTestId('pair-go').click()
    }
    enter('hello')
    await screen.findByTestId('pair-wrong')
    expect(server.asked('POST /checkin/pair')).toEqual([])
    enter(CODE)
    await screen.findByTestId('desk')
  })

  it('says when a pairing code is of no use any more', async () => {
    location.hash = `#pair=${CODE}`
    opened(aServer({ 'POST /checkin/pair': new Refusal(401, 'unauthenticated') }))
    expect((await screen.findByTestId('pair-refused')).textContent).toContain('Ask the organizer')
  })

  it('asks before another code takes the place of a pairing', async () => {
    const { server } = await paired()
    location.hash = `#pair=${CODE}`
    await screen.findByTestId('pair-another')
    expect(server.asked('POST /checkin/pair')).toHaveLength(1)
    screen.getByTestId('pair-stay').click()
    await screen.findByTestId('desk')
  })

  it('scans what a hardware scanner types, also while an answer is shown', async () => {
    const { server } = await paired(aServer({ 'POST /checkin/scans': admitted }))
    type(goodCode)
    expect((await screen.findByTestId('answer')).dataset['result']).toBe('admitted')
    type(goodCode)
    await vi.waitFor(() => expect(server.asked('POST /checkin/scans')).toHaveLength(2))
    expect(server.asked('POST /checkin/scans').map(({ credential }) => credential)).toEqual([
      goodCode,
      goodCode,
    ])
  })

  it('covers no answer that comes late', async () => {
    let answer: (scan: unknown) => void = () => undefined
    await paired(aServer({ 'POST /checkin/scans': () => new Promise((resolve) => (answer = resolve)) }))
    type(goodCode)
    await screen.findByTestId('checking')
    screen.getByTestId('open-recent').click()
    await screen.findByTestId('recent')
    answer(admitted)
    await screen.findByTestId('answer')
    expect(screen.queryByTestId('recent')).toBeNull()
  })

  it('lets no code choose another list', async () => {
    const [one, other] = vectors.lists
    const list_ids = [one?.id ?? '', other?.id ?? '']
    const { server } = await paired(aServer({}, { device: { ...vectors.device, list_ids } }))
    const list = await screen.findByTestId('list')
    const press = (key: string) => {
      const pressed = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
      list.dispatchEvent(pressed)
      return pressed.defaultPrevented
    }
    expect([press(' '), press('ArrowDown'), press('Enter')]).toEqual([false, false, false])
    expect([...goodCode, 'Enter'].map(press)).not.toContain(false)
    await vi.waitFor(() => expect(server.asked('POST /checkin/scans')).toHaveLength(1))
  })

  it('shows that there is no network, what waits, and that it can go on', async () => {
    const server = aServer()
    const { station } = await paired(server)
    await vi.waitFor(() => expect(station.header).toBeDefined())
    server.say({ 'POST /checkin/scans': GONE, 'POST /checkin/sync': GONE, 'GET /checkin/stats': GONE })
    type(goodCode)
    expect((await screen.findByTestId('answer')).dataset['offline']).toBe('true')
    expect((await screen.findByTestId('waiting')).dataset['count']).toBe('1')
    screen.getByTestId('away')
  })

  it('shows that it was revoked', async () => {
    const server = aServer()
    await paired(server)
    server.say({ 'POST /checkin/scans': new Refusal(401, 'unauthenticated') })
    type(goodCode)
    await screen.findByTestId('revoked')
    screen.getByTestId('pair-anew').click()
    await screen.findByTestId('pairing')
  })

  it('finds tickets by words, says why one is not let in, and scans the one that is picked', async () => {
    const seen = {
      ticket: admitted.ticket,
      person: { name: 'Zenobia' },
      seat: null,
      status: 'valid',
      entries: 0,
    }
    const items = [{ ...seen, admission: 'in', attention: true, here: false, reason: 'already_in' }]
    const { server } = await paired(
      aServer({ 'GET /checkin/search': { items }, 'POST /checkin/scans': admitted }),
    )
    screen.getByTestId('open-find').click()
    const field = await screen.findByTestId<HTMLInputElement>('find-words')
    field.value = 'zeno'
    field.dispatchEvent(new Event('input', { bubbles: true }))
    screen.getByTestId('find-go').click()
    expect((await screen.findByTestId('found')).textContent).toMatch(/Zenobia.*Already inside/)
    screen.getByTestId('found-scan').click()
    await screen.findByTestId('answer')
    expect(server.asked('POST /checkin/scans')[0]).toMatchObject({ ticket_id: 'ticket-1', direction: 'in' })
  })

  it('lets a device that may only scan type a code', async () => {
    const { device } = vectors
    const { server } = await paired(
      aServer(
        { 'POST /checkin/pair': aPairing({ device: { ...aPairing().device, profile: 'scan' } }) },
        { device: { ...device, list_ids: [plainList], profile: 'scan' } },
      ),
    )
    screen.getByTestId('open-find').click()
    const field = await screen.findByTestId<HTMLInputElement>('find-words')
    field.value = goodCode
    field.dispatchEvent(new Event('input', { bubbles: true }))
    screen.getByTestId('find-go').click()
    await vi.waitFor(() => expect(server.asked('POST /checkin/scans')[0]?.['credential']).toBe(goodCode))
    expect(server.asked('GET /checkin/search')).toEqual([])
  })

  it('lets those of an order through who are not inside', async () => {
    const one = { person: null, seat: null, status: 'valid', entries: 0, attention: false }
    const of = (number: number) => ({ ...admitted.ticket, id: `ticket-${number}`, number })
    const tickets = [
      { ...one, ticket: of(1), admission: 'in', here: false, reason: 'already_in' },
      { ...one, ticket: of(2), admission: 'out', here: true, reason: null },
      { ...one, ticket: of(3), admission: 'out', here: true, reason: null },
    ]
    const { server } = await paired(
      aServer({
        'POST /checkin/scans': admitted,
        'GET /checkin/tickets/ticket-1': { order_code: 'AAAAA-BBBB', buyer: 'Ada', tickets, left_out: 0 },
        'POST /checkin/group': { results: [{ ticket_id: 'ticket-2', scan: admitted }] },
      }),
    )
    type(goodCode)
    ;(await screen.findByTestId('open-group')).click()
    const boxes = () => screen.getAllByRole<HTMLInputElement>('checkbox', { hidden: true })
    await screen.findByTestId('group-go')
    expect(boxes().map(({ checked, disabled }) => [checked, disabled])).toEqual([
      [false, true],
      [true, false],
      [true, false],
    ])
    boxes()[2]?.click()
    screen.getByTestId('group-go').click()
    await screen.findByTestId('group-came')
    expect(server.asked('POST /checkin/group')[0]).toMatchObject({
      ticket_ids: ['ticket-2'],
      direction: 'in',
    })
  })
})
