import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HeaderList } from '../../../src/sip/message/headers.ts'
import { formatReferTo, readReferTo } from '../../../src/sip/refer/refer-to.ts'
import {
  formatReplaces,
  parseReplaces,
  type Replaceable,
  readReplaces,
  refusalOfReplaces,
} from '../../../src/sip/refer/replaces.ts'
import { readSipfrag, writeSipfrag } from '../../../src/sip/refer/sipfrag.ts'
import {
  type NotifierEffect,
  type NotifierEvent,
  type NotifierState,
  notifier,
  type SubscriberEffect,
  type SubscriberEvent,
  type SubscriberState,
  subscriber,
} from '../../../src/sip/refer/subscription.ts'

const headers = (...values: string[]) => HeaderList.from(values.map((value) => ['Refer-To', value]))

describe('Replaces', () => {
  it.each([
    [
      '98asjd8@t.example;to-tag=1;from-tag=2',
      { callId: '98asjd8@t.example', toTag: '1', fromTag: '2', earlyOnly: false },
    ],
    ['a ;from-tag=2;early-only;to-tag=1', { callId: 'a', toTag: '1', fromTag: '2', earlyOnly: true }],
    ['a;to-tag=1', undefined],
    ['a', undefined],
    [';to-tag=1;from-tag=2', undefined],
    ['a;to-tag="1";from-tag=2', undefined],
  ])('%s', (value, replaces) => {
    expect(parseReplaces(value)).toEqual(replaces)
  })

  it('reads back what it writes', () => {
    const replaces = { callId: 'x@y', toTag: 'a', fromTag: 'b', earlyOnly: true }

    expect(parseReplaces(formatReplaces(replaces))).toEqual(replaces)
  })

  it('may stand in a message once', () => {
    const twice = HeaderList.from([
      ['Replaces', 'a;to-tag=1;from-tag=2'],
      ['Replaces', 'a;to-tag=1;from-tag=2'],
    ])

    expect(readReplaces(twice)).toMatchObject({ kind: 'fault' })
    expect(readReplaces(HeaderList.from([]))).toEqual({ kind: 'none' })
  })
})

describe('an INVITE with Replaces (RFC 3891 §3)', () => {
  it.each<[string, Replaceable | undefined, number | undefined, number | undefined]>([
    ['a dialog that we do not have', undefined, 481, 481],
    ['one that is over', { state: 'terminated', role: 'uac' }, 603, 603],
    ['an early one of a call that came to us', { state: 'early', role: 'uas' }, 481, 481],
    ['an early one of a call that we made', { state: 'early', role: 'uac' }, undefined, undefined],
    ['one that is up', { state: 'confirmed', role: 'uas' }, undefined, 486],
    ['one that is up, of a call that we made', { state: 'confirmed', role: 'uac' }, undefined, 486],
  ])('for %s', (_, dialog, status, whenEarlyOnly) => {
    const replaces = { callId: 'a', toTag: '1', fromTag: '2' }

    expect(refusalOfReplaces({ ...replaces, earlyOnly: false }, dialog)).toBe(status)
    expect(refusalOfReplaces({ ...replaces, earlyOnly: true }, dialog)).toBe(whenEarlyOnly)
  })
})

describe('Refer-To', () => {
  it.each([
    ['<sip:carol@x;transport=tcp>', { uri: { user: 'carol', host: 'x' } }],
    ['sip:carol@x', { uri: { user: 'carol' } }],
    ['<tel:+6531234567>', { uri: { scheme: 'tel', number: '+6531234567' } }],
    [
      '<sip:carol@x?Replaces=c%40y%3Bto-tag%3D1%3Bfrom-tag%3D2&Require=replaces>',
      { replaces: { callId: 'c@y', toTag: '1', fromTag: '2', earlyOnly: false } },
    ],
  ])('%s', (value, target) => {
    const read = readReferTo(headers(value))

    expect(read).toMatchObject({ kind: 'target', target })
    expect(JSON.stringify(read)).not.toContain('%3B')
  })

  it.each([
    [[], 'missing'],
    [['<sip:a@x>', '<sip:b@x>'], 'more than once'],
    [['<http://x>'], 'SIP or tel'],
    [['nonsense'], 'cannot be read'],
    [['<sip:a@x;method=BYE>'], 'no INVITE'],
    [['<sip:a@x?Replaces=c>'], 'Replaces'],
    [['<sip:a@x?Replaces=%ff>'], 'headers'],
  ])('%j is refused', (values, sentence) => {
    const read = readReferTo(headers(...values))

    expect(read).toMatchObject({ kind: 'fault', sentence: expect.stringContaining(sentence) })
  })

  it('reads back what it writes', () => {
    const replaces = { callId: 'a:b%c?d@e', toTag: 't', fromTag: 'f', earlyOnly: false }

    const read = readReferTo(headers(formatReferTo('sip:carol@x', replaces)))

    expect(read).toMatchObject({ kind: 'target', target: { uri: { user: 'carol' }, replaces } })
    expect(() => formatReferTo('mailto:x')).toThrow('to:')
  })
})

describe('a sipfrag', () => {
  it.each([
    ['SIP/2.0 100 Trying', 100],
    ['SIP/2.0 200 OK\r\nContact: <sip:a@x>\r\n', 200],
    ['SIP/2.0 486', 486],
    ['SIP/2.0 20', undefined],
    ['INVITE sip:a SIP/2.0', undefined],
    ['', undefined],
  ])('%j', (text, status) => {
    expect(readSipfrag(Buffer.from(text))).toBe(status)
  })

  it('tells a status and nothing else', () => {
    expect(writeSipfrag(486)).toEqual({ type: 'message/sipfrag;version=2.0', content: 'SIP/2.0 486 Busy Here\r\n' })
  })
})

describe('the side that refers', () => {
  const event = (word: string): SubscriberEvent => {
    if (word === 'timer' || word === 'ended') return { kind: word }
    const [what, status] = word.split(':')
    if (what === 'answer') return { kind: 'answered', status: Number(status) }
    return { kind: 'notified', status: status === '' ? undefined : Number(status), terminated: what === 'last' }
  }
  const word = (effect: SubscriberEffect): string => {
    switch (effect.kind) {
      case 'startTimer':
        return 'timer'
      case 'stopTimer':
        return '-timer'
      case 'progress':
        return `progress ${effect.status}`
      case 'done':
        return `done ${effect.end.kind}${'status' in effect.end ? ` ${effect.end.status}` : ''}`
    }
  }
  it.each([
    ['', 'answer:202', 'active', 'timer'],
    ['', 'answer:603', 'over', '-timer, done refused 603'],
    ['', 'told:100', 'active', 'timer, progress 100'],
    ['', 'told:200', 'over', '-timer, done answered 200'],
    ['told:100', 'answer:202', 'active', ''],
    ['answer:202', 'told:180', 'active', 'progress 180'],
    ['answer:202', 'told:', 'active', ''],
    ['answer:202', 'last:200', 'over', '-timer, done answered 200'],
    ['answer:202', 'last:486', 'over', '-timer, done answered 486'],
    ['answer:202', 'last:100', 'over', 'progress 100, -timer, done untold'],
    ['answer:202', 'timer', 'over', '-timer, done untold'],
    ['answer:202', 'ended', 'over', '-timer, done untold'],
    ['answer:202 last:200', 'told:486', 'over', ''],
  ])('after "%s", %s -> %s: %s', (path, last, name, effects) => {
    let state: SubscriberState = { name: 'asked' }
    for (const step of path.split(' ').filter(Boolean)) state = subscriber(state, event(step)).state

    const step = subscriber(state, event(last))

    expect([step.state.name, step.effects.map(word).join(', ')]).toEqual([name, effects])
  })

  it('is told exactly once, whatever comes', () => {
    const words = fc.constantFrom('answer:202', 'answer:500', 'told:100', 'told:', 'last:200', 'last:', 'timer')
    fc.assert(
      fc.property(fc.array(words, { maxLength: 12 }), (steps) => {
        let state: SubscriberState = { name: 'asked' }
        const all = [...steps, 'ended'].flatMap((one) => {
          const step = subscriber(state, event(one))
          state = step.state
          return step.effects
        })
        expect(all.filter(({ kind }) => kind === 'done')).toHaveLength(1)
      }),
    )
  })
})

describe('the side that is referred', () => {
  const event = (word: string): NotifierEvent => {
    const [what, status] = word.split(':')
    switch (what) {
      case 'reject':
        return { kind: 'reject', status: Number(status) }
      case 'status':
        return { kind: 'status', status: Number(status) }
      default:
        return { kind: what as 'accept' | 'timer' | 'ended' }
    }
  }
  const word = (effect: NotifierEffect): string => {
    switch (effect.kind) {
      case 'respond':
        return `${effect.status}`
      case 'notify':
        return `notify ${effect.status} ${effect.subscription}`
      case 'startTimer':
        return `timer=${effect.ms / 1000}`
      case 'stopTimer':
        return '-timer'
    }
  }
  it.each([
    ['', 'accept', 'active', '202, notify 100 active;expires=300, timer=300'],
    ['', 'reject:603', 'over', '603'],
    ['', 'ended', 'over', '481'],
    ['', 'status:200', 'asked', ''],
    ['accept', 'status:100', 'active', ''],
    ['accept', 'status:180', 'active', 'notify 180 active;expires=300'],
    ['accept status:180', 'status:180', 'active', ''],
    ['accept', 'status:200', 'over', '-timer, notify 200 terminated;reason=noresource'],
    ['accept', 'status:486', 'over', '-timer, notify 486 terminated;reason=noresource'],
    ['accept status:180', 'timer', 'over', 'notify 180 terminated;reason=timeout'],
    ['accept', 'ended', 'over', '-timer'],
    ['accept', 'reject:603', 'active', ''],
    ['accept status:200', 'status:200', 'over', ''],
  ])('after "%s", %s -> %s: %s', (path, last, name, effects) => {
    let state: NotifierState = { name: 'asked' }
    for (const step of path.split(' ').filter(Boolean)) state = notifier(state, event(step)).state

    const step = notifier(state, event(last))

    expect([step.state.name, step.effects.map(word).join(', ')]).toEqual([name, effects])
  })
})
