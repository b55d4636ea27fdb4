import { describe, expect, it } from 'vitest'
import { innerSessions } from '../../src/engines/embedded/inner-sessions.ts'
import type { NameAddr } from '../../src/sip/message/message.ts'
import type { LocalMedia, NegotiatedMedia } from '../../src/sip/sdp/media.ts'
import type { SessionEnd } from '../../src/sip/user-agent/session.ts'

const party = (user: string): NameAddr => ({
  uri: { scheme: 'sip', user, host: '127.0.0.1', params: new Map() },
  params: new Map(),
})
const media = (port: number, over: Partial<LocalMedia> = {}): LocalMedia => ({
  address: '127.0.0.1',
  port,
  codecs: ['PCMA', 'PCMU'],
  ...over,
})

/** Two sides, and what each was told, in order. */
function pair(over: Partial<LocalMedia> = {}) {
  const told: { near: string[]; far: string[] } = { near: [], far: [] }
  const heard: { near: NegotiatedMedia[]; far: NegotiatedMedia[] } = { near: [], far: [] }
  const end = ({ by, how, status, q850 }: SessionEnd): string =>
    ['ended', by, how, status, q850].filter((part) => part !== undefined).join(' ')
  const note = (side: 'near' | 'far', agreed: NegotiatedMedia): void => {
    told[side].push(`media ${agreed.direction}`)
    heard[side].push(agreed)
  }
  const { near, far } = innerSessions({
    ...{ callId: '1', caller: party('ann'), called: party('bob') },
    ...{ nearMedia: media(4000, over), farMedia: media(4002, over) },
    handlers: {
      provisional: (status, early) => void told.near.push(early === undefined ? `${status}` : `${status} early`),
      accepted: () => void told.near.push('accepted'),
      media: (agreed) => note('near', agreed),
      digit: (key) => void told.near.push(`key ${key}`),
      ended: (how) => void told.near.push(end(how)),
    },
  })
  far.handlers = {
    media: (agreed) => note('far', agreed),
    digit: (key) => void told.far.push(`key ${key}`),
    ended: (how) => void told.far.push(end(how)),
  }
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return { near, far, told, heard, settle }
}

describe('both sides of a call within the house', () => {
  it('ring, are heard early, are answered and hung up as by SIP', async () => {
    const { near, far, told, heard, settle } = pair()
    far.ring()
    far.progress(media(4002))
    far.accept(media(4002))
    await settle()
    near.hangup({ q850: 16 })
    await settle()

    expect(told.near).toEqual(['180', '183 early', 'media sendrecv', 'accepted', 'ended local bye 16'])
    expect(told.far).toEqual(['media sendrecv', 'media sendrecv', 'ended remote bye 16'])
    expect(heard.near[0]).toMatchObject({ port: 4002, codec: 'PCMA', payloadType: 8, telephoneEvent: 101 })
    expect(heard.far[0]).toMatchObject({ port: 4000, codec: 'PCMA', rtcpMux: true })
  })

  it('tell the caller why it was refused, and the called one that it was given up', async () => {
    const refused = pair()
    refused.far.reject(486)
    refused.near.hangup()
    const given = pair()
    given.near.hangup({ q850: 26 })
    given.far.accept(media(4002))
    await given.settle()

    expect(refused.told).toEqual({ near: ['ended remote rejected 486'], far: ['ended local rejected 486'] })
    expect(given.told).toEqual({ near: ['ended local cancel 26'], far: ['ended remote cancel 26'] })
  })

  it('hold each other, together and apart', async () => {
    const { near, far, told, settle } = pair()
    far.accept(media(4002))
    await settle()
    expect((await near.reoffer({ direction: 'sendonly' })).direction).toBe('sendonly')
    expect((await far.reoffer({ direction: 'sendonly' })).direction).toBe('inactive')
    expect((await near.reoffer({})).direction).toBe('recvonly')
    await settle()

    expect(told.far.filter((line) => line.startsWith('media'))).toEqual([
      'media sendrecv',
      'media recvonly',
      'media sendonly',
    ])
  })

  it('carry keys by INFO, name no telephone-event where one has none, and leave calling to whoever asks', async () => {
    const { near, far, told, heard, settle } = pair({ telephoneEvent: false })
    far.accept(media(4002))
    await near.info('5', 100)
    await settle()

    expect(told.far.at(-1)).toBe('key 5')
    expect(heard.near[0]?.telephoneEvent).toBeUndefined()
    expect(await far.refer({ to: 'sip:1001@127.0.0.1' })).toEqual({ kind: 'refused', status: 603 })
  })
})
