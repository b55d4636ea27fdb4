/** Why a recogniser cannot be used on this machine, and what to do about it. */
export interface Missing {
  readonly missing: true
  readonly reason: string
  readonly advice: string
}
