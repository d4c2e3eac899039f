import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { keptFocus } from './kept-focus'

let place: HTMLElement
let stop: () => void

beforeEach(() => {
  place = document.body.appendChild(document.createElement('main'))
  place.innerHTML = '<h1>Orders</h1><button>Approve</button><button>Decline</button>'
  stop = keptFocus(place)
})

afterEach(() => {
  stop()
  document.body.replaceChildren()
})

const find = (selector: string) => place.querySelector(selector) as HTMLElement
const nextFrame = () => new Promise((go) => setTimeout(() => requestAnimationFrame(go), 0))

it('goes to the title when what had it goes away', async () => {
  find('button').focus()
  find('button').remove()
  await vi.waitFor(() => expect(document.activeElement).toBe(find('h1')))
})

it('goes to the title of the panel that is open', async () => {
  place.insertAdjacentHTML('beforeend', '<dialog open><h2>Order A1</h2><a href="#x">More</a></dialog>')
  find('a').focus()
  find('a').remove()
  await vi.waitFor(() => expect(document.activeElement).toBe(find('h2')))
})

it('stays with whatever has taken it meanwhile', async () => {
  const [approve, decline] = place.querySelectorAll('button')
  approve?.focus()
  approve?.remove()
  decline?.focus()
  await nextFrame()
  expect(document.activeElement).toBe(decline)
})

it('is not taken by a page that changes elsewhere', async () => {
  find('button').focus()
  find('button').blur()
  find('h1').append('!')
  await nextFrame()
  expect(document.activeElement).toBe(document.body)
})

it('goes to its like in the next entry of a list, or in the last one', async () => {
  const row = (name: string) => `<li>${name} <button>Move</button><button id="${name}">Remove</button></li>`
  place.insertAdjacentHTML('beforeend', `<ul>${['a', 'b', 'c'].map(row).join('')}</ul>`)
  find('#b').focus()
  find('#b').parentElement?.remove()
  await vi.waitFor(() => expect(document.activeElement).toBe(find('#c')))
  find('#c').parentElement?.remove()
  await vi.waitFor(() => expect(document.activeElement).toBe(find('#a')))
  find('#a').parentElement?.remove()
  await vi.waitFor(() => expect(document.activeElement).toBe(find('h1')))
})
