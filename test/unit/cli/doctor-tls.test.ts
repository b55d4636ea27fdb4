import { describe, expect, it } from 'vitest'
import { judgeCertificate } from '../../../src/cli/doctor/tls.ts'
import type { CertificateFacts } from '../../../src/sip/transport/certificate.ts'

const day = 86_400_000
const now = Date.UTC(2026, 5, 1)
const facts = (o: Partial<CertificateFacts>): CertificateFacts => ({
  names: ['phone.test'],
  from: now - 30 * day,
  until: now + 60 * day,
  selfSigned: false,
  covers: (name) => name === 'phone.test',
  ...o,
})

describe('the doctor on certificates', () => {
  it.each([
    [{}, undefined, ['ok: The certificate for phone.test is valid until 2026-07-31.']],
    [
      { until: now + 20.5 * day },
      undefined,
      ['warning: The certificate for phone.test ends on 2026-06-21, in 20 days.'],
    ],
    [{ until: now + 1.5 * day }, undefined, ['warning: The certificate for phone.test ends on 2026-06-02, in a day.']],
    [
      { until: now },
      undefined,
      ['fault: The certificate for phone.test ended on 2026-06-01: phones refuse to connect.'],
    ],
    [{ from: now + 1 }, undefined, [expect.stringMatching(/^fault: .* is valid from 2026-06-01 on only/)]],
    [{}, 'phone.test', [expect.stringMatching(/^ok/)]],
    [{}, 'other.test', [expect.stringMatching(/^ok/), expect.stringMatching(/^warning: .* other\.test/)]],
    [{ selfSigned: true }, undefined, [expect.stringMatching(/^ok/), expect.stringMatching(/vouches for itself/)]],
    [{ names: [] }, undefined, [expect.stringMatching(/for nobody by name/)]],
  ])('%j, called %s', (over, name, expected) => {
    const findings = judgeCertificate(facts(over), name, now)

    expect(findings.map(({ level, sentence }) => `${level}: ${sentence}`)).toEqual(expected)
    for (const { level, advice } of findings) expect(advice === undefined).toBe(level === 'ok')
  })
})
