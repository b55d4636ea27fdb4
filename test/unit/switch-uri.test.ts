import { describe, expect, it } from 'vitest'
import { switchOf, switchTarget, switchUriFault } from '../../src/phone/switch-uri.ts'

describe('the URI of a trunk that goes by a switch', () => {
  it.each([
    ['asterisk:PJSIP/{number}@carrier', 'asterisk:PJSIP/+15550142@carrier'],
    ['asterisk:DAHDI/g1/{digits}', 'asterisk:DAHDI/g1/15550142'],
    ['Asterisk:Local/{number}@out', 'Asterisk:Local/+15550142@out'],
  ])('%s is dialled as %s', (uri, dialled) => {
    expect(switchOf(uri)).toBe('asterisk')
    expect(switchUriFault(uri, 'asterisk')).toBeUndefined()
    expect(switchTarget(uri, '+15550142')).toBe(dialled)
  })

  it.each([
    'asterisk:',
    'asterisk:PJSIP/carrier',
    'asterisk:PJSIP/{number}@a&PJSIP/{number}@b',
    'asterisk:PJSIP/{number}@a,30,g',
    'asterisk:PJSIP/{number}/{digits}',
    'asterisk:PJSIP/{exten}@a',
    'asterisk:PJSIP/{number}@{a',
    'asterisk:PJSIP/{number}@a b',
    'asterisk:$(reboot)/{number}',
  ])('%s is none', (uri) => {
    expect(switchUriFault(uri, 'asterisk')).toMatch(/asterisk:PJSIP\/\{number\}@carrier/)
  })

  it.each([
    ['freeswitch:sofia/gateway/carrier/{number}', 'freeswitch:sofia/gateway/carrier/+15550142'],
    [
      'freeswitch:sofia/external/{digits}@sip.example.com:5080',
      'freeswitch:sofia/external/15550142@sip.example.com:5080',
    ],
  ])('%s is dialled as %s', (uri, dialled) => {
    expect(switchOf(uri)).toBe('freeswitch')
    expect(switchUriFault(uri, 'freeswitch')).toBeUndefined()
    expect(switchTarget(uri, '+15550142')).toBe(dialled)
  })

  it.each([
    'freeswitch:sofia/gateway/carrier',
    'freeswitch:sofia/gateway/a/{number},sofia/gateway/b/1',
    'freeswitch:sofia/gateway/a/{number}|user/1',
    'freeswitch:user/{number}:_:user/1',
    'freeswitch:{ignore_early_media=true}user/{number}',
    'freeswitch:[x=1]user/{number}',
    'freeswitch:user/{number} &system(reboot)',
  ])('%s is none', (uri) => {
    expect(switchUriFault(uri, 'freeswitch')).toMatch(/freeswitch:sofia\/gateway\/carrier\/\{number\}/)
  })

  it.each(['sip:carrier.example.com', 'sips:a', 'tel:+15550142', 'constructor:x', 'asterisk'])(
    '%s leads to none',
    (uri) => {
      expect(switchOf(uri)).toBeUndefined()
    },
  )
})
