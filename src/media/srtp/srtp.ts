import type { RemoteMedia, SrtpKey } from '../plane.ts'
import { SrtpReceiver } from './receiver.ts'
import { SrtpSender } from './sender.ts'

/** Both directions of a stream. */
export interface Srtp {
  readonly sender: SrtpSender
  readonly receiver: SrtpReceiver
}

/** The contexts for these keys; those in use go on where their key stays the same. @throws MediaError `bad-remote` */
export function srtpFor(keys: RemoteMedia['srtp'], inUse: Srtp | undefined): Srtp | undefined {
  if (keys === undefined) return undefined
  const { sender, receiver } = inUse ?? {}
  return {
    sender: sender !== undefined && same(sender.key, keys.send) ? sender : new SrtpSender(keys.send),
    receiver:
      receiver !== undefined && same(receiver.key, keys.receive) ? receiver : new SrtpReceiver(keys.receive, receiver),
  }
}

const same = (a: SrtpKey, b: SrtpKey): boolean => a.suite === b.suite && a.keySalt === b.keySalt && a.mki === b.mki
