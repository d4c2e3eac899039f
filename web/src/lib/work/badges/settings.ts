import { ROLES, type BadgeSettings } from './api'

/** All that may be set, whether it is said or not; a role with our word or colour has an empty one. */
export interface Settings {
  size: NonNullable<BadgeSettings['size']>
  role_colours: Record<string, string>
  role_words: Record<string, string>
  logo: string | null
  template: string | null
}

const OURS = Object.fromEntries(ROLES.map((role) => [role, '']))

/** Roles are always in the same order, so that settings that are the same are written the same. */
export function settingsIn(badge: BadgeSettings): Settings {
  const { size = 'a6', role_colours, role_words, logo = null, template = null } = badge
  return {
    size,
    role_colours: { ...OURS, ...role_colours },
    role_words: { ...OURS, ...role_words },
    logo,
    template,
  }
}

export function badgeOf(settings: Settings): BadgeSettings {
  const { role_colours, role_words } = settings
  return { ...settings, role_colours: said(role_colours), role_words: said(role_words) }
}

function said(of: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value))
}

/** Our colours of bands, as badges/face.py has them. */
export const OUR_COLOURS = {
  attendee: '#1d4e79',
  speaker: '#b3261e',
  staff: '#2f2f33',
  exhibitor: '#0b6e5f',
  sponsor: '#e0a100',
  press: '#6a3fa0',
  vip: '#8a6d1f',
} as const

/** A template to begin with: the name, the code that admits, and the band of the role. */
export const STARTER = `#import "badge_parts.typ": band, code, fitted

#let badge(face) = {
  let wide = face.width - 16mm
  place(dx: 8mm, dy: 6mm, fitted(face.event, width: wide, height: 6mm, largest: 12pt))
  place(dx: 8mm, dy: 14mm, fitted(face.name, width: wide, height: 16mm, largest: 32pt, weight: "bold"))
  place(dx: 8mm, dy: 32mm, fitted(face.company, width: wide - 30mm, height: 6mm, largest: 12pt))
  place(dx: face.width - 36mm, dy: face.height - 40mm, code(face, 28mm))
  place(dy: face.height - 9mm, band(face, 9mm))
}
`

/** Names of templates as the API takes them. */
export function isTemplateName(name: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(name)
}
