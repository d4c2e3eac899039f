import type { Reason } from './types'

/** What staff should do, in the words of the server. */
export const ADVICE: Record<Reason, string> = {
  invalid: 'This is no ticket of ours. Ask for the one in the mail or wallet, or search by name.',
  wrong_event: 'This ticket is for another event. Look at its date and place together.',
  wrong_list: 'This ticket is not for this door. Send the guest to the door that its type names.',
  not_yet: 'This door does not admit yet. Ask the guest to come back when it opens.',
  ended: 'This door does not admit any more. Send the guest to the information desk.',
  unpaid: 'This ticket is not paid yet. Send the guest to the information desk.',
  suspended: 'The payment of this ticket is disputed. Send the guest to the information desk.',
  cancelled: 'This ticket was cancelled. Send the guest to the information desk.',
  in_transfer: 'This ticket is being passed on. It admits once that is accepted or taken back.',
  superseded: 'A newer code of this ticket is in use. Ask for the newest mail or wallet pass.',
  already_in: 'Somebody is inside with this ticket. Compare the name; in doubt call a supervisor.',
  already_used: 'This ticket was used and admits no second time. Call a supervisor in doubt.',
  out_first: 'Nobody is inside with this ticket. Let the guest go, and check who came in with it.',
  gate_full: 'There is no room inside. Ask the guest to wait until somebody leaves.',
}

/** What a supervisor may let somebody in against. */
export const FORCEABLE: ReadonlySet<Reason> = new Set<Reason>([
  'wrong_list',
  'not_yet',
  'ended',
  'unpaid',
  'suspended',
  'in_transfer',
  'already_in',
  'already_used',
  'gate_full',
])
