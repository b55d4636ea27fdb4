import { describe, expect, it } from 'vitest'
import { LogReader } from '../../../src/speech/recognise/pocketsphinx/read-log.ts'

const read = (text: string) => {
  const reader = new LogReader()
  return text
    .split('\n')
    .map((line) => reader.line(line))
    .filter((event) => event !== undefined)
}

describe('the log of pocketsphinx_batch', () => {
  it('tells the words of an utterance, without fillers and numbers of ways to say them', () => {
    const events = read(`INFO: batch.c(729): Decoding 'u1'
INFO: pocketsphinx.c(1168): for sales press one (-24489)
word                 start end   pprob ascr       lscr       lback
INFO: ngram_search.c(1025): bestpath 0.00 CPU 0.000 xRT
<s>                  0     11    1.000 -167936    0          1
for(2)               12    35    0.400 -643072    -127       2
<sil>                36    40    0.840 -285696    -524288    3
one                  157   192   1.000 -1088512   -78        3
</s>                 587   604   1.000 -1354752   -90        2
INFO: batch.c(760): u1: 6.05 seconds speech, 0.52 seconds CPU, 1.30 seconds wall
for one (u1 -24489)
u1 done --------------------------------------`)

    expect(events).toEqual([
      { kind: 'began', id: 'u1' },
      {
        kind: 'done',
        id: 'u1',
        recognised: {
          text: 'for one',
          words: [
            { word: 'for', fromMs: 120, toMs: 360, confidence: 0.4 },
            { word: 'one', fromMs: 1570, toMs: 1930, confidence: 1 },
          ],
          confidence: 0.7,
        },
      },
    ])
  })

  it('tells that nothing was said', () => {
    expect(read("INFO: batch.c(729): Decoding 'z'\n (z 0)\nz done --------------------------------------")[1]).toEqual({
      kind: 'done',
      id: 'z',
      recognised: { text: '', words: [] },
    })
  })

  it('tells of a file that cannot be read, and of an end', () => {
    const events = read(`INFO: batch.c(729): Decoding 'm'
ERROR: "batch.c", line 389: Failed to open /x/m.pcm: No such file or directory
FATAL: "batch.c", line 822: PocketSphinx decoder init failed`)

    expect(events.slice(1)).toEqual([
      { kind: 'failed', id: 'm', sentence: '"batch.c", line 389: Failed to open /x/m.pcm: No such file or directory' },
      { kind: 'fatal', sentence: '"batch.c", line 822: PocketSphinx decoder init failed' },
    ])
  })
})
