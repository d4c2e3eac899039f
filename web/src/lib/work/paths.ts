/** Addresses of the workplaces. */
export const START = '/work'

export function organizerPath(organizer: string, section = ''): string {
  return join(`${START}/organizer/${encodeURIComponent(organizer)}`, section)
}

export function eventPath(organizer: string, event: string, section = ''): string {
  return join(organizerPath(organizer, `events/${encodeURIComponent(event)}`), section)
}

export function companyPath(company: string, section = ''): string {
  return join(`${START}/companies/${encodeURIComponent(company)}`, section)
}

export function doorPath(): string {
  return `${START}/door`
}

function join(path: string, section: string): string {
  return section ? `${path}/${section}` : path
}
