import type { Keys } from '../store/keys.ts'
import { type LinkRow, linkToken } from '../store/links.ts'

const validMs = 3600_000
const signedText = (id: string, expires: number): string => `audio ${id} ${expires}`

/**
 * Where the audio of a recording is: works without a token for an hour, so that a player can be given it as it is. For
 * people, who read their texts late, there are links.
 */
export function recordingUrl(keys: Keys, publicUrl: string, id: string, wall: number): string {
  // Cut to whole hours, so that the same list gives the same address for a while and players may keep what they have.
  const expires = (Math.floor(wall / validMs) + 2) * 3600
  return `${publicUrl}/v1/recordings/${id}/audio?expires=${expires}&signature=${keys.sign(signedText(id, expires))}`
}

export function isSigned(keys: Keys, id: string, expires: number, signature: string, wall: number): boolean {
  return expires * 1000 > wall && keys.verify(signedText(id, expires), signature)
}

/** What stands in a text to the owner of a voicemail. */
export const linkUrl = (keys: Keys, publicUrl: string, link: Pick<LinkRow, 'id' | 'expiresAt'>): string =>
  `${publicUrl}/r/${linkToken(keys, link)}`
