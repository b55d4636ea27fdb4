import { afterAll, beforeAll, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { House, type ShownCall } from '../kit/house.ts'
import type { VirtualPhone } from '../kit/virtual-phone.ts'

const scope = new Scope('test')
let house: House
let carrier: VirtualPhone & { readonly username: string }
let trunk: { readonly id: string }

beforeAll(async () => {
  house = await House.open({ scope })
  carrier = await house.signedIn()
  const { contacts } = await house.service.api<{ contacts: { flow: string }[] }>(
    'GET',
    `/v1/extensions/${carrier.username}`,
  )
  const place = contacts[0]?.flow.replace('udp ', '')
  trunk = await house.service.api('POST', '/v1/trunks', { name: 'pstn', uri: `sip:${place}`, default: true })
}, 60_000)
afterAll(() => scope.close())

/** What the carrier sees of somebody whom the API connects with a number outside. */
async function seenOf(username: string, phone: VirtualPhone): Promise<string> {
  const { id } = await house.service.api<ShownCall>('POST', '/v1/calls', { from: username, to: '+442079460000' })
  await (await phone.nextCall()).answer()
  const outside = await carrier.nextCall()
  outside.refuse(486)
  await house.service.until<ShownCall>(`/v1/calls/${id}`, ({ state }) => state === 'ended')
  return outside.remote.user
}

it('of an extension that calls out is its number, else that of the trunk, else its username', async () => {
  const ann = await house.signedIn()
  const of = (): Promise<string> => seenOf(ann.username, ann)
  const change = (path: string, body: object) => house.service.api('PATCH', path, body)

  expect(await of()).toBe(ann.username)
  const { number } = await house.service.api<{ number: string }>('POST', '/v1/numbers', {})
  expect(await of()).toBe(number)
  await change(`/v1/trunks/${trunk.id}`, { callerId: '+44 20 7946 0999' })
  expect(await of()).toBe('+442079460999')
  await change(`/v1/numbers/${encodeURIComponent(number)}`, {
    assignment: { kind: 'extension', username: ann.username },
  })
  expect(await of()).toBe(number)
  await change(`/v1/trunks/${trunk.id}`, { callerId: null })
  const bob = await house.signedIn()
  expect(await seenOf(bob.username, bob)).not.toBe(bob.username)
}, 60_000)
