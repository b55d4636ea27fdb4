/** What a text asks for that is nothing but one of these words (CTIA Messaging Principles §5.1.2 names them). */
export type Keyword = 'stop' | 'start' | 'help'

const words: ReadonlyMap<string, Keyword> = new Map([
  ...['stop', 'stopall', 'stop all', 'unsubscribe', 'cancel', 'end', 'quit', 'optout', 'opt out', 'revoke'].map(
    (word) => [word, 'stop'] as const,
  ),
  ...['start', 'unstop', 'subscribe', 'optin', 'opt in'].map((word) => [word, 'start'] as const),
  ...['help', 'info'].map((word) => [word, 'help'] as const),
])

/**
 * @param isOut whether the sender of the text had said STOP before: `YES` brings back only those
 * @returns `undefined` for a text that says more, or something else
 */
export function readKeyword(body: string, isOut: boolean): Keyword | undefined {
  const word = body
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
  return word === 'yes' && isOut ? 'start' : words.get(word)
}
