import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness } from '../kit/audio.ts'
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
const peers: readonly (readonly [name: string, open: (scope: Scope, house: House) => Promise<Peer> | Peer])[] = [
  ['SIPp over UDP', (scope, house) => sippPeer(scope, house, 'udp')],
  ['SIPp over TCP', (scope, house) => sippPeer(scope, house, 'tcp')],
  ['baresip over UDP', (scope, house) => baresipPeer(scope, house, 'udp')],
  ['baresip over TCP', (scope, house) => baresipPeer(scope, house, 'tcp')],
]

describeWith(['sipp', 'baresip'], 'every block', () => {
  const scope = new Scope('test')
  let house: House
  /** All at once in one house; comparing what was heard takes long, so that waits until nobody speaks any more. */
  const accounts = new Map<string, Promise<Account>>()
  const key = (style: string, peer: string): string => `${style} ${peer}`

  beforeAll(async () => {
    const first = await freePort(512)
    const env = { OFFHOOK_WEBHOOK_ALLOW: '127.0.0.0/8', OFFHOOK_RTP_PORTS: `${first}-${first + 511}` }
    house = await House.open({ scope, env })
    const stage = await Stage.set(scope, house)
    for (const [peer, open] of peers) {
      for (const [name, style] of styles) {
        const account = Promise.resolve(open(scope, house)).then((opened) => style(stage, opened))
        accounts.set(key(name, peer), account)
      }
    }
    await Promise.allSettled(accounts.values())
  })
  afterAll(() => scope.close())

  describe.each(styles)('by %s', (style) => {
    it.each(peers)('with %s', async (peer) => {
      const { hearings, results } = (await accounts.get(key(style, peer))) as Account
      expect(results).toEqual({ digits: '42', transfer: 'answered', dial: 'answered' })
      for (const { what, heard, sound } of hearings) expect(likeness(heard, sound.samples), what).toBeGreaterThan(0.8)
    })
  })

  it('leaves nothing behind', async () => {
    await house.service.stop()
  })
})
