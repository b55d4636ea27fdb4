import type { Lacks } from '../../phone/engine.ts'

/** Asterisk 20 to 22, by ARI. */
export const lacks: Lacks = {
  'transfer.refer': 'ARI has no transfer that tells how it went; without refer the call is handed over by a bridge',
  'transfer.byPhone': 'A phone that transfers by itself is served by the dialplan of Asterisk',
  'dial.digitsEarly': 'ARI presses no keys on a channel that rings; they are not pressed',
  'dial.headers': 'Asterisk adds headers to channels of PJSIP alone; to others they are not added',
  'keys.once': 'ARI tells of keys alike, however they came; a key that a phone sends in two ways counts twice',
  'refuse.declined': 'Asterisk has one cause for 403 and 603; who is declined gets 403',
}
