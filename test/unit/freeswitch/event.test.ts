import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readEvent } from '../../../src/engines/freeswitch/event.ts'
import { Fields } from '../../../src/engines/freeswitch/fields.ts'
import { FramingError } from '../../../src/engines/freeswitch/framing.ts'
import { storyOf } from '../../../src/engines/freeswitch/story.ts'

const event = (fields: Readonly<Record<string, string>>, body = '') => ({
  fields: Fields.read('Content-Type: text/event-plain'),
  body: `${Object.entries(fields)
    .map(([name, value]) => `${name}: ${encodeURIComponent(value)}\n`)
    .join('')}${body === '' ? '' : `Content-Length: ${Buffer.byteLength(body)}\n`}\n${body}`,
})
const sdp = 'v=0\r\nm=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n'

describe('events of FreeSWITCH', () => {
  it.each([
    ['CHANNEL_PROGRESS', 'rings'],
    ['CHANNEL_PROGRESS_MEDIA', 'early'],
    ['CHANNEL_ANSWER', 'answered'],
    ['CHANNEL_HOLD', 'held'],
    ['CHANNEL_UNHOLD', 'unheld'],
  ])('%s is %s', (name, kind) => {
    expect(readEvent(event({ 'Event-Name': name, 'Unique-ID': 'a-1' }))).toEqual({
      ...{ kind, channel: 'a-1', telephoneEvent: undefined },
    })
  })

  it('say whether the far end takes telephone-event', () => {
    const said = (variable_switch_r_sdp: string) =>
      readEvent(event({ 'Event-Name': 'CHANNEL_ANSWER', 'Unique-ID': 'a-1', variable_switch_r_sdp }))

    expect(said(sdp)).toMatchObject({ telephoneEvent: true })
    expect(said('v=0\r\nm=audio 4000 RTP/AVP 0\r\n')).toMatchObject({ telephoneEvent: false })
  })

  it.each([
    ['sip:486', 486],
    ['sip:200', 0],
    ['', 0],
  ])('say how a channel ended, with %j of SIP', (said, status) => {
    const fields = { 'Hangup-Cause': 'USER_BUSY', variable_proto_specific_hangup_cause: said }

    expect(readEvent(event({ 'Event-Name': 'CHANNEL_HANGUP_COMPLETE', 'Unique-ID': 'a', ...fields }))).toMatchObject({
      ...{ kind: 'ended', hangup: { cause: 'USER_BUSY', status } },
    })
  })

  it('bring what came of a job, in a body of their own', () => {
    expect(readEvent(event({ 'Event-Name': 'BACKGROUND_JOB', 'Job-UUID': '7' }, '-ERR USER_BUSY\n'))).toEqual({
      ...{ kind: 'job', id: '7', result: '-ERR USER_BUSY' },
    })
  })

  it('leave out what is of no use', () => {
    expect(readEvent(event({ 'Event-Name': 'HEARTBEAT' }))).toBeUndefined()
  })

  it.each([{}, { 'Event-Name': 'CHANNEL_ANSWER' }, { 'Event-Name': 'BACKGROUND_JOB' }])('refuse %j', (fields) => {
    expect(() => readEvent(event(fields))).toThrow(FramingError)
  })

  it('are read or refused, whatever stands in them', () => {
    fc.assert(
      fc.property(fc.string(), (body) => {
        try {
          readEvent({ fields: Fields.read(''), body: `Event-Name: CHANNEL_ANSWER\n${body}` })
        } catch (error) {
          expect(error).toBeInstanceOf(FramingError)
        }
      }),
    )
  })
})

describe('what a channel that comes in says of its call', () => {
  const say = (fields: Readonly<Record<string, string>>) =>
    storyOf(
      Fields.read(
        Object.entries(fields)
          .map(([name, value]) => `${name}: ${encodeURIComponent(value)}`)
          .join('\n'),
      ).decoded(),
    )

  it('is who calls whom, by what, for which trunk', () => {
    expect(
      say({
        'Caller-Caller-ID-Number': '+15550142',
        'Caller-Caller-ID-Name': 'Some Body',
        'Caller-Destination-Number': '+15550100',
        'Caller-RDNIS': '+15550111',
        variable_offhook_trunk: 'carrier',
        'variable_sip_h_X-Account': 'a\r\nb',
        variable_sip_h_Via: 'no',
        variable_switch_r_sdp: sdp,
      }),
    ).toEqual({
      ...{ caller: { number: '+15550142', name: 'Some Body' }, called: '+15550100', trunk: 'carrier' },
      ...{ divertedFrom: '+15550111', headers: { 'X-Account': 'a b' }, codec: 'PCMA', telephoneEvent: true },
    })
  })

  it('has another number called where the dialplan says so', () => {
    expect(say({ 'Caller-Destination-Number': '100', variable_offhook_called: '+15550100' }).called).toBe('+15550100')
  })

  it('keeps 32 headers and no more', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`variable_sip_h_X-H${i}`, 'v'.repeat(1000)]))

    const { headers } = say(many)
    expect(Object.keys(headers)).toHaveLength(32)
    expect(headers['X-H0']).toHaveLength(256)
  })
})
