import { describe, expect, it } from 'vitest'
import { linkOfEndedLeg, linkOfFailedLeg } from '../../src/engines/embedded/ends.ts'
import type { EndCode } from '../../src/phone/reason.ts'
import type { SessionEnd } from '../../src/sip/user-agent/session.ts'

const rejected = (status: number, text: string): SessionEnd => ({ by: 'remote', how: 'rejected', status, text })

describe('why a leg failed', () => {
  it.each<[SessionEnd, EndCode, number, string]>([
    [rejected(486, 'Busy Here'), 'busy', 17, '1001 is busy (486 Busy Here)'],
    [rejected(603, 'Decline'), 'declined', 21, '1001 declined the call (603 Decline)'],
    [rejected(404, 'Not Found'), 'not_found', 1, 'nobody is known as 1001 there (404 Not Found)'],
    [rejected(480, ''), 'no_answer', 19, '1001 did not answer (480)'],
    [rejected(503, 'Full'), 'unreachable', 3, '1001 cannot be reached through that server (503 Full)'],
    [rejected(302, 'Moved'), 'failed', 41, '1001 redirects, but names nobody to call instead (302 Moved)'],
    [
      { ...rejected(302, 'Moved'), unusable: ['<http://x/\r\n>', '<mailto:a@b>'] },
      'failed',
      41,
      '1001 redirects to <http://x/ >, which is no address that can be called (302 Moved)',
    ],
    [{ by: 'network', how: 'no_response' }, 'unreachable', 3, '1001: nothing answered our INVITE there'],
  ])('%j is %s', (end, code, q850, sentence) => {
    expect(linkOfFailedLeg(end, 5, '1001')).toMatchObject({ at: 5, code, q850, sentence, target: '1001' })
  })

  it("keeps the network's own cause where it gave one", () => {
    expect(linkOfFailedLeg({ ...rejected(480, 'x'), q850: 20 }, 0, '1001').q850).toBe(20)
  })

  it('lets no control characters of the other side into a sentence', () => {
    expect(linkOfFailedLeg(rejected(486, 'Busy\r\nX: y'), 0, '1001').sentence).toBe('1001 is busy (486 Busy X: y)')
  })
})

describe('how a call ended', () => {
  it.each<[SessionEnd, 'caller' | 'callee', boolean, EndCode, string]>([
    [{ by: 'remote', how: 'bye' }, 'caller', true, 'completed', 'the caller hung up'],
    [{ by: 'remote', how: 'bye' }, 'callee', true, 'completed', 'the other side hung up'],
    [{ by: 'remote', how: 'cancel' }, 'caller', false, 'canceled', 'the caller hung up before the call was answered'],
    [
      { by: 'network', how: 'no_ack' },
      'caller',
      true,
      'unreachable',
      'we answered, and the caller never confirmed it (no ACK within 32 seconds)',
    ],
    [
      { by: 'local', how: 'incompatible_media', text: 'The audio is wanted at a name.' },
      'caller',
      false,
      'incompatible_media',
      'the caller and we have no audio in common: The audio is wanted at a name',
    ],
  ])('%j', (end, party, answered, code, sentence) => {
    expect(linkOfEndedLeg(end, 0, party, answered)).toMatchObject({ code, sentence })
  })
})
