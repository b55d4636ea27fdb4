import { networkInterfaces } from 'node:os'
import { systemClock } from '../../base/clock.ts'
import { isPrivateAddress } from '../../base/private-address.ts'
import { OwnAddress } from '../../engines/embedded/own-address.ts'
import type { Settings } from '../../settings.ts'
import type { Finding } from './finding.ts'

/** An address of TEST-NET-3 (RFC 5737) stands for a peer anywhere on the internet. */
const faraway = '203.0.113.1'

/** What phones and carriers are told to send to. */
export async function checkAddresses(settings: Settings): Promise<Finding[]> {
  const ours = await OwnAddress.find({ bind: settings.bind, configured: settings.address }, systemClock)
  const own = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((i) => !i.internal && i.family === 'IPv4')
  const local: Finding[] = own.map(({ address }) => ({
    topic: 'addresses',
    level: 'ok',
    sentence: `Phones on the network of ${address} are told ${ours.towards(address)}.`,
  }))
  const told = ours.towards(faraway)
  const sentence = `Carriers and phones elsewhere are told ${told}.`
  if (!isPrivateAddress(told)) return [...local, { topic: 'addresses', level: 'ok', sentence }]
  return [
    ...local,
    {
      topic: 'addresses',
      level: 'warning',
      sentence: `${sentence} That is a private address: calls from other networks will have no sound.`,
      advice: 'Fine on a private network. Otherwise set OFFHOOK_ADDRESS to the public address of this site.',
    },
  ]
}
