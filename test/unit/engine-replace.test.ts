import { expect, it } from 'vitest'
import type { LegOwner } from '../../src/engines/embedded/leg.ts'
import { mayReplace } from '../../src/engines/embedded/replace.ts'
import type { CallSource } from '../../src/phone/call.ts'

const extension: CallSource = { kind: 'extension', username: '1001' }
const trunk: CallSource = { kind: 'trunk', id: 'trk_1', name: 'pstn' }
const trusted: CallSource = { kind: 'trusted', address: '192.0.2.1' }

it.each<[string, CallSource, LegOwner | undefined, boolean]>([
  ['an extension, itself on another phone', extension, { kind: 'extension', username: '1001' }, true],
  ['an extension, another one', extension, { kind: 'extension', username: '1002' }, true],
  ['an extension, somebody outside', extension, { kind: 'trunk', id: 'trk_1' }, false],
  ['an extension, somebody at a URI', extension, undefined, false],
  ['a carrier, its own', trunk, { kind: 'trunk', id: 'trk_1' }, true],
  ['a carrier, that of another', trunk, { kind: 'trunk', id: 'trk_2' }, false],
  ['a carrier, an extension', trunk, { kind: 'extension', username: '1001' }, false],
  ['a trusted network, one of its own', trusted, { kind: 'trusted' }, true],
  ['a trusted network, an extension', trusted, { kind: 'extension', username: '1001' }, false],
])('who may take whose place: %s', (_, source, owner, may) => {
  expect(mayReplace(source, owner)).toBe(may)
})
