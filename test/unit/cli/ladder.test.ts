import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drawLadder, type StoryEvent } from '../../../src/cli/ladder.ts'

const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms).toISOString()
const caller = { sipCallId: 'a', peer: '127.0.0.1:5070', transport: 'udp' }
const phone = { sipCallId: 'b', peer: '192.0.2.9:5062', transport: 'tcp' }
const trunk = { sipCallId: 'c', peer: '[2001:db8::1]:5064', transport: 'udp' }
const heard = (ms: number, text: string, from: object, cseq = '1 INVITE'): StoryEvent => ({
  at: at(ms),
  kind: 'sip_in',
  text,
  data: { ...from, cseq },
})
const sent = (ms: number, text: string, to: object, cseq = '1 INVITE'): StoryEvent => ({
  ...heard(ms, text, to, cseq),
  kind: 'sip_out',
})

describe('drawLadder', () => {
  test('a call that came in: the caller left of us, those whom we ring to the right', () => {
    const ladder = drawLadder([
      heard(0, 'INVITE sip:+15550100@offhook', caller),
      sent(2, '100 Trying', caller),
      sent(10, 'INVITE sip:1001@192.0.2.9', phone),
      heard(10_021, '487 Request Terminated', phone),
      { at: at(10_025), kind: 'target', text: 'Nobody answered within 10 seconds.' },
      sent(10_030, 'INVITE sip:+15550142@carrier', trunk),
      heard(10_040, '486 Busy Here', trunk),
      heard(10_060, 'BYE sip:offhook', caller, '2 BYE'),
      sent(10_061, '200 OK', caller, '2 BYE'),
    ])
    expect(`\n${ladder.join('\n')}\n`).toBe(`
             127.0.0.1:5070 udp                  Offhook                 192.0.2.9:5062 tcp          [2001:db8::1]:5064 udp
                      │                             │                             │                             │
   0.000 s            │────────── INVITE ──────────▶│                             │                             │
   0.002 s            │◀─────── 100 Trying ─────────│                             │                             │
   0.010 s            │                             │────────── INVITE ──────────▶│                             │
  10.021 s            │                             │◀─ 487 Request Terminated ───│                             │
  10.025 s            │ · target: Nobody answered within 10 seconds.              │                             │
  10.030 s            │                             │─────────────────────────────┼────────── INVITE ──────────▶│
  10.040 s            │                             │◀────────────────────────────┼─────── 486 Busy Here ───────│
  10.060 s            │──────────── BYE ───────────▶│                             │                             │
  10.061 s            │◀────── 200 OK (BYE) ────────│                             │                             │
                      │                             │                             │                             │
`)
  })

  test('a call that we placed: we stand at the left', () => {
    const ladder = drawLadder([sent(0, 'INVITE sip:1001@x', phone), heard(5, '200 OK', phone)])
    expect(`\n${ladder.join('\n')}\n`).toBe(`
                   Offhook                 192.0.2.9:5062 tcp
                      │                             │
   0.000 s            │────────── INVITE ──────────▶│
   0.005 s            │◀───────── 200 OK ───────────│
                      │                             │
`)
  })

  test('two dialogs with one peer have a column each', () => {
    const [titles] = drawLadder([
      heard(0, 'INVITE sip:a@b', caller),
      sent(1, 'INVITE sip:c@d', { ...caller, sipCallId: 'other' }),
    ])
    expect(titles?.match(/127\.0\.0\.1:5070 udp/g)).toHaveLength(2)
  })

  test('without signalling it says so', () => {
    expect(drawLadder([{ at: at(0), kind: 'arrived', text: 'x' }])).toEqual([
      'No signalling was recorded for this call.',
    ])
  })

  test('what others sent cannot paint the screen, break a line or move the columns', () => {
    const evil = fc.string({ unit: 'binary', maxLength: 60 })
    const event = fc.record({
      at: fc.nat(100_000).map(at),
      kind: fc.constantFrom('sip_in', 'sip_out', 'ended'),
      text: evil,
      data: fc.record({ sipCallId: fc.constantFrom('a', 'b', 'c'), peer: evil, transport: evil, cseq: evil }),
    })
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 12 }), (events) => {
        const lines = drawLadder(events)
        for (const line of lines) expect(line).not.toMatch(/\p{Cc}/u)
        const [, life = ''] = lines
        const columns = [...life].flatMap((character, i) => (character === '│' ? [i] : []))
        for (const [i, line] of lines.slice(2).entries()) {
          const cells = [...line]
          if (events[i] === undefined || events[i].kind === 'ended') continue
          for (const column of columns) expect('│┼').toContain(cells[column])
        }
      }),
    )
  })
})
