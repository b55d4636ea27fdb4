import { describe, expect, it } from 'vitest'
import { readCodecs } from '../../../src/apps/spool/codecs.ts'

describe('Codecs of a call file', () => {
  it.each([
    ['alaw', ['PCMA']],
    ['alaw,ulaw', ['PCMA', 'PCMU']],
    [' ULAW , alaw ', ['PCMU', 'PCMA']],
    ['g729,alaw,opus', ['PCMA']],
    ['all', ['PCMU', 'PCMA']],
    ['alaw,all', ['PCMA', 'PCMU']],
    ['all,!ulaw', ['PCMA']],
    ['ulaw,!all,alaw', ['PCMA']],
    ['alaw,alaw', ['PCMA']],
  ])('%s', (text, codecs) => expect(readCodecs(text)).toEqual(codecs))

  it.each([[''], ['g729'], ['opus,slin'], ['ulaw,!ulaw'], [',']])(
    '%j names none, and says nothing of the offer',
    (text) => expect(readCodecs(text)).toBeUndefined(),
  )
})
