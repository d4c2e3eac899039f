import { fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import type { Contact, Portal } from './api'
import ContactsPage from './ContactsPage.svelte'
import { aCompany, aContact, aPortal, Desk } from './fixtures'

beforeEach(() => {
  // jsdom knows the dialog, but not how it opens and closes, nor how wide the window is.
  HTMLDialogElement.prototype.showModal = vi.fn()
  HTMLDialogElement.prototype.show = vi.fn()
  window.matchMedia = vi.fn().mockReturnValue({
    matches: false,
    addEventListener: vi.fn(),
    removeEventListener: vi.fn(),
  })
})

async function show(overrides: Partial<Portal>) {
  render(ContactsPage, { portal: aPortal(new Desk(), [], overrides), company: aCompany() })
  await screen.findAllByTestId('contact')
}

it('keeps what was typed of a new contact when it is refused, and says why', async () => {
  const addContact = vi.fn<Portal['addContact']>()
  addContact.mockRejectedValueOnce(new Problem(409, 'contact_exists', 'There is one'))
  addContact.mockResolvedValueOnce(aContact('Cy'))
  await show({ addContact })
  await fireEvent.click(screen.getByTestId('add-contact'))
  await fireEvent.input(screen.getByTestId('contact-email'), { target: { value: 'cy@example.com' } })
  await fireEvent.input(screen.getByTestId('contact-first'), { target: { value: 'Cy' } })
  await fireEvent.input(screen.getByTestId('contact-tags'), { target: { value: 'Press; VIP, ' } })
  await fireEvent.submit(screen.getByTestId('contact-form'))
  await screen.findByTestId('contact-problem')
  expect(screen.getByTestId('contact-email')).toHaveProperty('value', 'cy@example.com')
  await fireEvent.submit(screen.getByTestId('contact-form'))
  await vi.waitFor(() => expect(screen.queryByTestId('contact-panel')).toBeNull())
  const [first, second] = addContact.mock.calls
  expect(second?.[0]).toBe(first?.[0])
  expect(first?.[1]).toMatchObject({ email: 'cy@example.com', first_name: 'Cy', tags: ['Press', 'VIP'] })
  expect(first?.[1]).not.toHaveProperty('consent')
})

it('changes a contact over the version that is looked at', async () => {
  const changeContact = vi.fn<Portal['changeContact']>().mockResolvedValue(aContact('Ada'))
  await show({ changeContact })
  await fireEvent.click(screen.getAllByTestId('contact')[0] as HTMLElement)
  await fireEvent.input(screen.getByTestId('contact-last'), { target: { value: 'Lovelace' } })
  await fireEvent.submit(screen.getByTestId('contact-form'))
  await vi.waitFor(() => expect(changeContact).toHaveBeenCalled())
  expect(changeContact.mock.lastCall).toMatchObject(['ada', { last_name: 'Lovelace', version: 1 }])
})

it('leaves no contact with changes that are not kept, unless that is meant, and none that is being kept', async () => {
  let answer: (contact: Contact) => void = () => undefined
  const changeContact = vi.fn<Portal['changeContact']>(() => new Promise((done) => (answer = done)))
  await show({ changeContact })
  await fireEvent.click(screen.getAllByTestId('contact')[0] as HTMLElement)
  await fireEvent.input(screen.getByTestId('contact-last'), { target: { value: 'Lovelace' } })
  await fireEvent.click(screen.getByTestId('add-contact'))
  await fireEvent.click(
    (await screen.findByTestId('leave')).querySelector('button:last-of-type') as HTMLElement,
  )
  expect(screen.getByTestId('contact-last')).toHaveProperty('value', 'Lovelace')
  await fireEvent.submit(screen.getByTestId('contact-form'))
  await fireEvent.click(screen.getByTestId('add-contact'))
  expect(screen.queryByTestId('leave')).toBeNull()
  expect(screen.getByTestId('contact-last')).toHaveProperty('value', 'Lovelace')
  answer(aContact('Ada'))
  await vi.waitFor(() => expect(screen.queryByTestId('contact-panel')).toBeNull())
  await fireEvent.click(screen.getByTestId('add-contact'))
  await fireEvent.input(screen.getByTestId('contact-first'), { target: { value: 'Cy' } })
  await fireEvent.click(screen.getAllByTestId('contact')[0] as HTMLElement)
  await fireEvent.click(await screen.findByTestId('leave-go'))
  await vi.waitFor(() => expect(screen.getByTestId('contact-first')).toHaveProperty('value', 'Ada'))
})

it('shows who was asked for last, however late an earlier answer comes', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  const contacts: Portal['contacts'] = async (words) => {
    if (words === 'a') await new Promise((resolve) => setTimeout(resolve, 2_000))
    return { items: [aContact(words === 'a' ? 'Ada' : 'Bo')], cursor: null }
  }
  await show({ contacts })
  for (const value of ['a', 'ab']) {
    await fireEvent.input(screen.getByTestId('contact-search'), { target: { value } })
    await vi.advanceTimersByTimeAsync(300)
  }
  await vi.advanceTimersByTimeAsync(3_000)
  expect(screen.getByTestId('contact').dataset.contact).toBe('bo')
  vi.useRealTimers()
})

it('makes one contact of two, of which the chosen one stays', async () => {
  const mergeContact = vi.fn<Portal['mergeContact']>().mockResolvedValue(aContact('Bo'))
  await show({ mergeContact })
  await fireEvent.click(screen.getAllByTestId('contact')[0] as HTMLElement)
  await fireEvent.click(screen.getByRole('tab', { name: /Merge/, hidden: true }))
  const other = await screen.findByTestId('merge-other')
  expect(other.dataset.contact).toBe('bo')
  await fireEvent.click(other)
  expect(screen.getByTestId('merge-what').textContent).toContain('Ada leaves the book. Bo stays')
  await fireEvent.click(screen.getByTestId('merge-go'))
  await vi.waitFor(() => expect(mergeContact).toHaveBeenCalledWith('bo', 'ada'))
})
