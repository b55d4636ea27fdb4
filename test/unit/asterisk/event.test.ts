import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readEvent } from '../../../src/engines/asterisk/event.ts'

const channel = {
  id: '1700000000.7',
  name: 'PJSIP/carrier-00000003',
  state: 'Ring',
  caller: { name: 'Some Body', number: '+15550142' },
  connected: { name: '', number: '' },
  dialplan: { context: 'from-carrier', exten: '+15550100', priority: 1, app_name: 'Stasis', app_data: 'offhook' },
  creationtime: '2026-01-05T12:00:00.000+0000',
  language: 'en',
}
const event = (type: string, more: object = {}): string =>
  JSON.stringify({ type, application: 'offhook', timestamp: '2026-01-05T12:00:00.000+0000', channel, ...more })

describe('events of ARI', () => {
  it('has what a call that comes in says', () => {
    expect(readEvent(event('StasisStart', { args: ['carrier'] }))).toMatchObject({
      type: 'StasisStart',
      args: ['carrier'],
      channel: { id: '1700000000.7', caller: { number: '+15550142' }, dialplan: { exten: '+15550100' } },
    })
  })

  it('has the end of a channel with the status of SIP, where Asterisk tells it', () => {
    expect(
      readEvent(event('ChannelDestroyed', { cause: 21, cause_txt: 'Call Rejected', tech_cause: 603 })),
    ).toMatchObject({
      cause: 21,
      tech_cause: 603,
    })
    expect(readEvent(event('ChannelDestroyed', { cause: 16 }))).toMatchObject({ cause: 16 })
  })

  it('leaves out what is of no use', () => {
    expect(readEvent(event('ChannelVarset', { variable: 'x', value: 'y' }))).toBeUndefined()
  })

  it.each([
    ['no JSON', 'hello'],
    ['no object', '[1]'],
    ['a key without its digit', event('ChannelDtmfReceived', { duration_ms: 100 })],
    ['a channel without an id', event('StasisEnd', { channel: { ...channel, id: '' } })],
  ])('refuses %s', (_, text) => {
    expect(() => readEvent(text)).toThrow()
  })

  it('never takes what it is not sure of', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          expect(readEvent(text)?.type ?? 'none').toEqual(expect.any(String))
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      }),
    )
  })
})
