import { setImmediate as otherWork } from 'node:timers/promises'
import { candidates, mostTokens, type Token } from './candidates.ts'
import type { Written } from './model.ts'
import { repeatedFrom } from './repeat.ts'

/**
 * Writes the likeliest token after each other.
 * @param begun nothing is written yet
 */
export async function writeGreedily(begun: Written, seconds: number): Promise<readonly Token[]> {
  const most = mostTokens(seconds)
  const tokens: Token[] = []
  let written = begun
  while (tokens.length < most) {
    const { tokens: next, over } = candidates(written.logits[0]!, 1, tokens.length)
    const [token] = next
    if (over || token === undefined) break
    tokens.push(token)
    const from = repeatedFrom(tokens.map(({ id }) => id))
    if (from !== undefined) return tokens.slice(0, from)
    // Running the model holds the thread: messages of the parent come in here.
    await otherWork()
    written = await written.write([{ text: 0, token: token.id }])
  }
  return tokens
}
