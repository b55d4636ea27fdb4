import { describe, expect, it } from 'vitest'
import { HeaderList } from '../../../src/sip/message/headers.ts'
import { formatUri, parseUri, type SipUri, type Uri } from '../../../src/sip/message/uri.ts'
import { contacts, follow, newRedirects, type Redirects } from '../../../src/sip/user-agent/redirect.ts'

const uri = (text: string): Uri => parseUri(text)!
const answer = (status: number, ...contacts: string[]) => ({
  status,
  headers: HeaderList.from(contacts.map((value) => ['Contact', value])),
})
const anywhere = (): boolean => true

/** Where the INVITE goes after each of these answers. */
function walk(
  answers: readonly ReturnType<typeof answer>[],
  {
    most = 5,
    allow = anywhere,
    first = 'sip:bob@x',
  }: { most?: number; allow?: (to: SipUri) => boolean; first?: string } = {},
): string[] {
  let state: Redirects = newRedirects(uri(first), most)
  const path: string[] = []
  for (const one of answers) {
    const step = follow(state, one, allow)
    if (step.kind === 'end') return [...path, 'end']
    state = step.redirects
    path.push(formatUri(step.uri))
  }
  return path
}

describe('a redirected INVITE (RFC 3261 §8.1.3.4)', () => {
  it.each<[string, ReturnType<typeof answer>[], string[]]>([
    ['goes to the Contact', [answer(302, '<sip:carol@y>')], ['sip:carol@y']],
    ['goes to the best first', [answer(300, '<sip:a@y>;q=0.2, <sip:b@y>;q=0.9')], ['sip:b@y']],
    [
      'goes to the next when that is refused',
      [answer(300, '<sip:a@y>;q=0.2, <sip:b@y>'), answer(486)],
      ['sip:b@y', 'sip:a@y'],
    ],
    ['does not go round', [answer(302, '<sip:a@y>'), answer(302, '<sip:bob@x>, <sip:a@y>')], ['sip:a@y', 'end']],
    ['stops at 6xx', [answer(300, '<sip:a@y>, <sip:b@y>'), answer(603)], ['sip:a@y', 'end']],
    ['ends without Contact', [answer(302)], ['end']],
    ['does not follow tel and http', [answer(302, '<tel:1900>, <http://y>')], ['end']],
    ['takes no headers from the Contact', [answer(302, '<sip:a@y?Subject=x>')], ['sip:a@y']],
    ['is not begun by a plain refusal', [answer(486, '<sip:a@y>')], ['end']],
  ])('%s', (_, answers, path) => {
    expect(walk(answers)).toEqual(path)
  })

  it('ends at its limit', () => {
    const chain = [1, 2, 3, 4].map((n) => answer(302, `<sip:${n}@y>`))

    expect(walk(chain, { most: 3 })).toEqual(['sip:1@y', 'sip:2@y', 'sip:3@y', 'end'])
    expect(walk(chain, { most: 0 })).toEqual(['end'])
  })

  it('goes only where it is allowed to', () => {
    const allow = (to: SipUri): boolean => to.host === 'y'

    expect(walk([answer(302, '<sip:a@premium>, <sip:b@y>')], { allow })).toEqual(['sip:b@y'])
  })

  it('does not leave sips', () => {
    expect(walk([answer(302, '<sip:a@y>, <sips:b@y>')], { first: 'sips:bob@x' })).toEqual(['sips:b@y'])
  })
})

it('tells who may be called instead, and what is no address that can be', () => {
  const { headers } = answer(302, '<sip:a@y?Subject=x>;q=0.2, <http://y>, <tel:+15550100>', '<>')
  const told = contacts(headers)

  expect(told.contacts.map(formatUri)).toEqual(['tel:+15550100', 'sip:a@y'])
  expect(told.unusable).toEqual(['<http://y>', '<>'])
})
