import type { Lacks } from '../../phone/engine.ts'

/** Why its own hold is not used: what we play would not be heard meanwhile. */
export const holdTell = 'FreeSWITCH tells a phone of a hold only with music of its own'

/** FreeSWITCH 1.10, by its event socket. */
export const lacks: Lacks = {
  'hold.tell': `${holdTell}; without tell it hears the music that is given here`,
  'transfer.refer':
    'The event socket has no transfer that tells how it went; without refer the call is handed over by a bridge',
  'transfer.byPhone': 'A phone that transfers by itself is served by the dialplan of FreeSWITCH',
}
