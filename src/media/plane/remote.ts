import { isIP, SocketAddress } from 'node:net'
import { MediaError, type RemoteMedia } from '../plane.ts'
import { sessionKeys } from '../srtp/keys.ts'

const bad = (field: string, why: string): MediaError => new MediaError('bad-remote', `${field}: ${why}`)

function whole(field: string, value: number, from: number, to: number): void {
  if (!Number.isInteger(value) || value < from || value > to) throw bad(field, `${value} is not within ${from}-${to}`)
}

/** Checked, with the address written as the sockets of the stream write it. @throws MediaError `bad-remote` naming the field */
export function checkRemote(remote: RemoteMedia, bind: string): RemoteMedia {
  const family = isIP(remote.address)
  if (family === 0) throw bad('address', `${JSON.stringify(remote.address)} is no IP address`)
  if (family === 6 && isIP(bind) === 4) throw bad('address', `IPv6, but the stream is bound to ${bind}`)
  whole('port', remote.port, 1, 65535)
  whole('payloadType', remote.payloadType, 0, 127)
  if (remote.telephoneEvent !== undefined) whole('telephoneEvent', remote.telephoneEvent, 0, 127)
  if (remote.telephoneEventIn !== undefined) whole('telephoneEventIn', remote.telephoneEventIn, 0, 127)
  if (remote.otherCodec !== undefined) whole('otherCodec', remote.otherCodec.payloadType, 0, 127)
  if (remote.telephoneEvent === remote.payloadType) throw bad('telephoneEvent', 'the same as payloadType')
  if (remote.rtcpPort !== undefined) whole('rtcpPort', remote.rtcpPort, 1, 65535)
  if (remote.codec !== 'PCMU' && remote.codec !== 'PCMA') throw bad('codec', 'neither PCMU nor PCMA')
  if (!['sendrecv', 'sendonly', 'recvonly', 'inactive'].includes(remote.direction)) {
    throw bad('direction', 'none of sendrecv, sendonly, recvonly, inactive')
  }
  for (const key of remote.srtp === undefined ? [] : [remote.srtp.send, remote.srtp.receive]) sessionKeys(key)
  return { ...remote, address: written(remote.address, family, bind) }
}

function written(address: string, family: number, bind: string): string {
  if (family === 6) return new SocketAddress({ address, family: 'ipv6' }).address
  // A socket for both families shows IPv4 in this form.
  return isIP(bind) === 6 ? `::ffff:${address}` : address
}
