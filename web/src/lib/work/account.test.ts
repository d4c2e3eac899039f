import { expect, it } from 'vitest'
import { may, type Act, type Role } from './account'
import { eventSections, organizerSections, reportSections, sectionsFor, setupSections } from './sections'

const ALLOWED: Record<Role, Act[]> = {
  owner: ['own', 'manage', 'money', 'orders', 'doors'],
  manager: ['manage', 'money', 'orders', 'doors'],
  finance: ['money', 'orders'],
  door: ['doors'],
}

it.each(Object.entries(ALLOWED) as [Role, Act[]][])('lets a %s do what belongs to the role', (role, acts) => {
  const all: Act[] = ['own', 'manage', 'money', 'orders', 'doors']
  expect(all.filter((act) => may(role, act))).toEqual(acts)
})

it('shows who is at the door nothing but the doors of an event and its arrivals', () => {
  const shown = sectionsFor(eventSections, 'door')
  expect(shown.map(({ path }) => path)).toEqual(['doors', 'reports'])
  expect(shown.at(-1)?.parts?.map(({ path }) => path)).toEqual(['reports/arrivals'])
  expect(sectionsFor(organizerSections, 'door').map(({ path }) => path)).toEqual(['', 'api'])
})

it('shows an owner every part', () => {
  expect(sectionsFor(eventSections, 'owner')).toEqual(eventSections)
  expect(sectionsFor(organizerSections, 'owner')).toEqual(organizerSections)
})

it('names each part once', () => {
  const paths = [...eventSections, ...reportSections, ...setupSections].map(({ path }) => path)
  expect(new Set(paths).size).toBe(paths.length)
})
