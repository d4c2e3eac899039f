/** What may be done with a ticket from the list. */
export type Act = 'passOn' | 'withdraw' | 'name' | 'takeBack' | 'history'
