/**
 * How long an offer that crossed another one waits for its next try, in milliseconds and steps of 10 (RFC 3261 §14.1):
 * 2.1 to 4 s for whoever made the Call-ID, 0 to 2 s for the other side, so that the two do not meet again.
 * @param random 0 to 1, 1 excluded
 */
export const glareWait = (ownsCallId: boolean, random: () => number): number =>
  ownsCallId ? 2100 + Math.floor(random() * 191) * 10 : Math.floor(random() * 201) * 10
