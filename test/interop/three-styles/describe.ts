import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../../src/base/scope.ts'
import { likeness } from '../../kit/audio.ts'
import { Authority } from '../../kit/authority.ts'
import { House } from '../../kit/house.ts'
import { freePort } from '../../kit/ports.ts'
import { describeWith } from '../../setup/tools.ts'
import { baresipPeer, type Peer, sippPeer } from './peer.ts'
import { type Account, Stage, type Style } from './stage.ts'

type OpenPeer = (scope: Scope, house: House, authority: Authority) => Promise<Peer> | Peer

const peers = {
  'SIPp over UDP': (scope, house) => sippPeer(scope, house, 'udp'),
  'SIPp over TCP': (scope, house) => sippPeer(scope, house, 'tcp'),
  'baresip over UDP': (scope, house) => baresipPeer(scope, house, 'udp'),
  'baresip over TCP': (scope, house) => baresipPeer(scope, house, 'tcp'),
  'baresip over TLS with SRTP': (scope, house, tls) => baresipPeer(scope, house, { tls }),
} as const satisfies Readonly<Record<string, OpenPeer>>
type PeerName = keyof typeof peers

export interface StyleChoice {
  readonly name: string
  readonly style: Style
  /** What comes of it besides what is heard. */
  readonly results: (peer: PeerName) => object
}

/** Runs styles with peers in one house, and compares what was heard with what was said. */
export function describeStyles(
  what: string,
  styles: readonly StyleChoice[],
  names: readonly PeerName[],
  { wordsLike, inTurn }: { readonly wordsLike: number; readonly inTurn: boolean },
): void {
  describeWith(['sipp', 'baresip', 'openssl'], what, () => {
    const scope = new Scope('test')
    let house: House
    /** Comparing what was heard takes long, so that waits until nobody speaks any more. */
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
      for (const peer of names) {
        const open: OpenPeer = peers[peer]
        for (const { name, style } of styles) {
          const opened = Promise.resolve(open(scope, house, authority))
          accounts.set(
            key(name, peer),
            opened.then((one) => style(stage, one)),
          )
        }
        if (inTurn) await Promise.allSettled(accounts.values())
      }
      await Promise.allSettled(accounts.values())
    }, 400_000)
    afterAll(() => scope.close())

    describe.each(styles)('by $name', ({ name, results: expected }) => {
      it.each(names)('with %s', async (peer) => {
        const { hearings, words = [], results } = (await accounts.get(key(name, peer))) as Account
        expect(results).toEqual(expected(peer))
        // Another tune comes to 0.2 at most. Frames are lost where the machine is busy, so pieces are short.
        for (const { what, heard, sound } of hearings)
          expect(likeness(heard, sound.samples, 200), what).toBeGreaterThan(0.6)
        for (const { heard, words: said, ...by } of words)
          expect(await house.saysIn(heard, said, by), said).toBeGreaterThan(wordsLike)
      })
    })

    it('leaves nothing behind', async () => {
      await house.service.stop()
    })
  })
}
