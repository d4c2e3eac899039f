import type { WorkAccount } from '$lib/api/types'

export type Role = WorkAccount['role']
export type Act = 'own' | 'manage' | 'money' | 'orders' | 'doors'

export interface Account {
  id: string
  title: string
  role: Role
}

// As people/account.py says it; the API refuses what is missing here all the same.
const ROLES: Record<Act, readonly Role[]> = {
  own: ['owner'],
  manage: ['owner', 'manager'],
  money: ['owner', 'manager', 'finance'],
  orders: ['owner', 'manager', 'finance'],
  doors: ['owner', 'manager', 'door'],
}

/** Whether who has this role may do such a thing. What he may not do is not shown to him. */
export function may(role: Role, act: Act): boolean {
  return ROLES[act].includes(role)
}
