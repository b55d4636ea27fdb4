import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness } from '../kit/audio.ts'
import { Authority } from '../kit/authority.ts'
import { House } from '../kit/house.ts'
import { freePort } from '../kit/ports.ts'
import { describeWith } from '../setup/tools.ts'
import { actionResults, byFurtherActions } from './three-styles/further-actions.ts'
import { blockResults, byFurtherBlocks } from './three-styles/further-blocks.ts'
import { byFurtherDocuments, documentResults } from './three-styles/further-documents.ts'
import { baresipPeer, type Peer, sippPeer } from './three-styles/peer.ts'
import { type Account, Stage, type Style } from './three-styles/stage.ts'

const styles: readonly (readonly [name: string, style: Style, results: object])[] = [
  ['requests for blocks', byFurtherBlocks, blockResults],
  ['documents', byFurtherDocuments, documentResults],
  ['actions', byFurtherActions, actionResults],
]
const peers: readonly (readonly [
  name: string,
  open: (scope: Scope, house: House, authority: Authority) => Promise<Peer> | Peer,
])[] = [
  ['SIPp over UDP', (scope, house) => sippPeer(scope, house, 'udp')],
  ['baresip over UDP', (scope, house) => baresipPeer(scope, house, 'udp')],
  ['baresip over TCP', (scope, house) => baresipPeer(scope, house, 'tcp')],
  ['baresip over TLS with SRTP', (scope, house, tls) => baresipPeer(scope, house, { tls })],
]

describeWith(['sipp', 'baresip', 'openssl'], 'what blocks take besides', () => {
  const scope = new Scope('test')
  let house: House
  const accounts = new Map<string, Promise<Account>>()
  const key = (style: string, peer: string): string => `${style} ${peer}`

  beforeAll(async () => {
    const first = await freePort(512)
    const env = {
      OFFHOOK_CALLER_IDS: '+15550100',
      OFFHOOK_WEBHOOK_ALLOW: '127.0.0.0/8',
      OFFHOOK_RTP_PORTS: `${first}-${first + 511}`,
    }
    const authority = Authority.make(scope)
    house = await House.open({ scope, env, tls: authority })
    const stage = await Stage.set(scope, house)
    // A peer after the other: a machine that is busy loses frames.
    for (const [peer, open] of peers) {
      const all = styles.map(([name, style]) => {
        const account = Promise.resolve(open(scope, house, authority)).then((opened) => style(stage, opened))
        accounts.set(key(name, peer), account)
        return account
      })
      await Promise.allSettled(all)
    }
  }, 400_000)
  afterAll(() => scope.close())

  describe.each(styles)('by %s', (style, _, expected) => {
    it.each(peers)('with %s', async (peer) => {
      const { hearings, words = [], results } = (await accounts.get(key(style, peer))) as Account
      expect(results).toEqual(expected)
      for (const { what, heard, sound } of hearings)
        expect(likeness(heard, sound.samples, 200), what).toBeGreaterThan(0.6)
      for (const { heard, words: said } of words) expect(await house.saysIn(heard, said), said).toBeGreaterThan(0.7)
    })
  })

  it('leaves nothing behind', async () => {
    await house.service.stop()
  })
})
