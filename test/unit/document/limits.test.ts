import { describe, expect, it } from 'vitest'
import { only } from './kit.ts'

const nines = '9'.repeat(400)

describe('numbers that mean "for ever"', () => {
  it.each<[string, object]>([
    ['<GetDigits timeout="3000000" digitTimeout="3000000"/>', { timeout: 86_400, digitTimeout: 86_400 }],
    [`<GetDigits retries="${nines}"/>`, { retries: 10_000 }],
    [
      '<GetInput action="https://a.example" startInputTimeout="2147484" retries="99999"/>',
      { startInputTimeout: 86_400, retries: 10_000 },
    ],
    [`<Wait length="${nines}" minSilence="${nines}"/>`, { seconds: 86_400, minSilenceMs: 86_400_000 }],
    ['<Wait length="2147484.5"/>', { seconds: 86_400 }],
    [`<Speak loop="${nines}">a</Speak>`, { loop: 10_000 }],
    [`<Play loop="${nines}">https://a.example/x.wav</Play>`, { loop: 10_000 }],
    ['<Record timeout="3000000" maxLength="3000000"/>', { timeout: 86_400, maxLength: 86_400 }],
    [
      `<Dial timeout="${nines}" timeLimit="${nines}"><Number>15550100</Number></Dial>`,
      { timeout: 86_400, timeLimit: 86_400 },
    ],
    [
      '<Dial confirmSound="https://a.example/c" confirmTimeout="3000000"><Number>15550100</Number></Dial>',
      { confirm: { timeout: 86_400 } },
    ],
    [`<Conference timeLimit="${nines}">r</Conference>`, { timeLimit: 86_400 }],
  ])('%s', (xml, fields) => {
    expect(only(xml)).toMatchObject(fields)
  })
})
