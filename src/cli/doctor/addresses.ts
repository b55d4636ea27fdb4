import { networkInterfaces } from 'node:os'
import { addressTowards, isPrivate } from '../../engines/embedded/advertise.ts'
import type { Settings } from '../../settings.ts'
import type { Finding } from './finding.ts'

/** An address of TEST-NET-3 (RFC 5737) stands for a peer anywhere on the internet. */
const faraway = '203.0.113.1'

/** What phones and carriers are told to send to. */
export function checkAddresses(settings: Settings): Finding[] {
  const own = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((i) => !i.internal && i.family === 'IPv4')
  const local: Finding[] = own.map(({ address }) => ({
    topic: 'addresses',
    level: 'ok',
    sentence: `Phones on the network of ${address} are told ${addressTowards(address, settings.bind, settings.address)}.`,
  }))
  const told = addressTowards(faraway, settings.bind, settings.address)
  const sentence = `Carriers and phones elsewhere are told ${told}.`
  if (!isPrivate(told)) return [...local, { topic: 'addresses', level: 'ok', sentence }]
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
