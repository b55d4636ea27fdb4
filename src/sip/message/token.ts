import { randomBytes } from 'node:crypto'

/** RFC 3261 §8.1.1.7: what marks a branch as unique over space and time. */
export const branchCookie = 'z9hG4bK'

const random = (bytes: number): string => randomBytes(bytes).toString('base64url').replaceAll('_', '.')

export const newBranch = (): string => branchCookie + random(12)
/** At least 32 random bits are asked for (§19.3); a tag also tells calls apart, so it has 72. */
export const newTag = (): string => random(9)
export const newCallId = (): string => random(18)
