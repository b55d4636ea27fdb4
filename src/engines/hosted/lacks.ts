import type { Lacks } from '../../phone/engine.ts'
import type { Dialect } from './dialect.ts'

/** What calls at a company do not have, and why. */
export function lacksOf({ company, pressesKeys }: Dialect): Lacks {
  const away = `${company} keeps the audio and the signalling of its calls`
  return {
    'hold.tell': away,
    'transfer.refer': away,
    'transfer.byPhone': away,
    'dial.headers': `${company} sends no headers of ours`,
    'dial.digitsEarly': pressesKeys ? `${company} presses keys once somebody answers` : `${company} presses no keys`,
    'refuse.declined': `${company} tells callers in words of its own that they are refused`,
  }
}
