import { afterEach, beforeEach, expect, it, vi } from 'vitest'

beforeEach(() => {
  vi.resetModules()
  localStorage.clear()
})

afterEach(() => localStorage.clear())

it("speaks the reader's language and writes from right to left where it has to", async () => {
  vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['ar-EG', 'en'])
  const { learn, locale, t } = await import('./index.svelte')
  await learn('common')
  expect(locale()).toBe('ar-EG')
  expect(document.documentElement.dir).toBe('rtl')
  expect(t('common.retry')).not.toBe('Try again')
})

it('says everything in the language that is chosen later, and keeps to it', async () => {
  vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['en-US'])
  const { choose, learn, t, wanted } = await import('./index.svelte')
  await learn('common')
  expect(t('common.retry')).toBe('Try again')
  await choose('de')
  expect(t('common.retry')).toBe('Noch einmal versuchen')
  expect(document.documentElement.lang).toBe('de')
  expect(wanted()).toBe('de')
})

it.each(['learn first', 'choose first'])(
  'ends in the chosen language when words are learned meanwhile: %s',
  async (order) => {
    vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['en-US'])
    const { choose, language, learn, t } = await import('./index.svelte')
    await learn('common')
    const steps = [() => learn('order'), () => choose('de')]
    await Promise.all((order === 'learn first' ? steps : steps.reverse()).map((step) => step()))
    expect(language()).toBe('de')
    expect(t('common.retry')).toBe('Noch einmal versuchen')
    expect(t('order.again')).not.toMatch(/^order\.|Order again/)
  },
)
