import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness } from '../kit/audio.ts'
import { Authority } from '../kit/authority.ts'
import { House } from '../kit/house.ts'
import { freePort } from '../kit/ports.ts'
import { describeWith } from '../setup/tools.ts'
import { byActions } from './three-styles/actions.ts'
import { byBlocks } from './three-styles/blocks.ts'
import { byDocuments } from './three-styles/documents.ts'
import { baresipPeer, type Peer, sippPeer } from './three-styles/peer.ts'
import { type Account, Stage, type Style } from './three-styles/stage.ts'

const styles: readonly (readonly [name: string, style: Style])[] = [
  ['requests for blocks', byBlocks],
  ['documents', byDocuments],
  ['actions', byActions],
]
const peers: readonly (readonly [
  name: string,
  open: (scope: Scope, house: House, authority: Authority) => Promise<Peer> | Peer,
])[] = [
  ['SIPp over UDP', (scope, house) => sippPeer(scope, house, 'udp')],
  ['SIPp over TCP', (scope, house) => sippPeer(scope, house, 'tcp')],
  ['baresip over TLS with SRTP', (scope, house, tls) => baresipPeer(scope, house, { tls })],
]

describeWith(['sipp', 'baresip', 'openssl'], 'every block', () => {
  const scope = new Scope('test')
  let house: House
  let authority: Authority
  /** All at once in one house; comparing what was heard takes long, so that waits until nobody speaks any more. */
  const accounts = new Map<string, Promise<Account>>()
  const key = (style: string, peer: string): string => `${style} ${peer}`

  beforeAll(async () => {
    const first = await freePort(512)
    const env = {
      OFFHOOK_CALLER_IDS: '+15550100',
      OFFHOOK_WEBHOOK_ALLOW: '127.0.0.0/8',
      OFFHOOK_RTP_PORTS: `${first}-${first + 511}`,
    }
    authority = Authority.make(scope)
    house = await House.open({ scope, env, tls: authority })
    const stage = await Stage.set(scope, house)
    for (const [peer, open] of peers) {
      for (const [name, style] of styles) {
        const account = Promise.resolve(open(scope, house, authority)).then((opened) => style(stage, opened))
        accounts.set(key(name, peer), account)
      }
    }
    await Promise.allSettled(accounts.values())
  }, 400_000)
  afterAll(() => scope.close())

  describe.each(styles)('by %s', (style) => {
    it.each(peers)('with %s', async (peer) => {
      const { hearings, words = [], results } = (await accounts.get(key(style, peer))) as Account
      const encrypted = peer.includes('SRTP')
      expect(results).toEqual({ digits: '42', transfer: 'answered', dial: 'answered', encrypted })
      // Another tune comes to 0.2 at most. Frames are lost where the machine is busy, so pieces are short.
      for (const { what, heard, sound } of hearings)
        expect(likeness(heard, sound.samples, 200), what).toBeGreaterThan(0.6)
      for (const { heard, words: said, ...by } of words)
        expect(await house.saysIn(heard, said, by), said).toBeGreaterThan(0.6)
    })
  })

  it('leaves nothing behind', async () => {
    await house.service.stop()
  })
})
