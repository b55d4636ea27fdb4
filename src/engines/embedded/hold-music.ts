import { sequence, tone } from '../../phone/prompt.ts'

/** A short soft sign now and then that somebody will come back. */
export const holdMusic = sequence(tone('beep', 150), { kind: 'silence', ms: 4000 })
