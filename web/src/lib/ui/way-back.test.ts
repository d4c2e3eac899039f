import { beforeEach, expect, it } from 'vitest'
import { wayBack } from './way-back'

beforeEach(() => {
  document.body.innerHTML = '<main><ul><li><button>Remove</button></li></ul><input></main>'
  document.querySelector('button')?.focus()
})

const elsewhere = () => document.querySelector('input')?.focus()

it('leads back to where the focus was', () => {
  const back = wayBack()
  elsewhere()
  back()
  expect(document.activeElement?.tagName).toBe('BUTTON')
})

it('leads to what stood around it, where that is gone', () => {
  const back = wayBack()
  elsewhere()
  document.querySelector('li')?.remove()
  back()
  expect(document.activeElement?.tagName).toBe('UL')
})
