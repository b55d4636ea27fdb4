import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readDocument } from '../../../src/apps/document/document.ts'
import { InvalidDocument } from '../../../src/apps/document/fault.ts'
import { faultsOf, only, response } from './kit.ts'

describe('faults', () => {
  it.each<[string, string]>([
    ['<Speak loop="-1">a</Speak>', 'Speak in line 2: loop is "-1", but takes a whole number of at least 0.'],
    ['<Speak voice="ROBOT">a</Speak>', 'Speak in line 2: voice is "ROBOT", but takes WOMAN, MAN or Polly.<name>.'],
    [
      '<Speak><Play/></Speak>',
      'Play in line 2: it may not stand in Speak, which takes text and break, emphasis, lang, p, phoneme, prosody, s, say-as, sub, w.',
    ],
    [
      '<Speak><break time="60s"/></Speak>',
      'break in line 2: time is "60s", but takes a time such as 500ms or 2s, at most 10s.',
    ],
    ['<Play/>', 'Play in line 2: it is empty, but holds an absolute http or https URL.'],
    ['<Play>/x.mp3</Play>', 'Play in line 2: it holds "/x.mp3", but takes an absolute http or https URL.'],
    [
      '<Play>file:///etc/passwd</Play>',
      'Play in line 2: it holds "file:///etc/passwd", but takes an absolute http or https URL.',
    ],
    [
      '<Redirect>https://a.example/#ct=5</Redirect>',
      'Redirect in line 2: it holds "https://a.example/#ct=5", but takes a URL whose #ct is from 100 to 10000.',
    ],
    [
      '<Conference>tok_0123456789abcdefghjkmnpq/R1</Conference>',
      'Conference in line 2: it holds the name of a room of the block API, which is not open to others.',
    ],
    ['<Wait length="0"/>', 'Wait in line 2: length is "0", but takes a number above 0.'],
    ['<Wait silence="maybe"/>', 'Wait in line 2: silence is "maybe", but takes true or false.'],
    ['<DTMF>12a</DTMF>', 'DTMF in line 2: it holds "12a", but takes 1 to 100 of 0-9, *, #, w and W.'],
    ['<Hangup reason="bored"/>', 'Hangup in line 2: reason is "bored", but takes one of rejected, busy.'],
    ['<Message src="1">x</Message>', 'Message in line 2: dst is missing; it takes numbers joined by <.'],
    ['<GetDigits numDigits="0"/>', 'GetDigits in line 2: numDigits is "0", but takes a whole number from 1 to 99.'],
    ['<GetDigits retries="0"/>', 'GetDigits in line 2: retries is "0", but takes a whole number of at least 1.'],
    [
      '<GetDigits finishOnKey="12"/>',
      'GetDigits in line 2: finishOnKey is "12", but takes one of 0-9, * and #, or none.',
    ],
    [
      '<GetDigits><Dial/></GetDigits>',
      'Dial in line 2: it may not stand in GetDigits, which takes Speak, Play and Wait.',
    ],
    ['<GetInput/>', 'GetInput in line 2: action is missing; it takes an absolute http or https URL.'],
    [
      '<GetInput action="https://a.example" executionTimeout="90"/>',
      'GetInput in line 2: executionTimeout is "90", but takes a whole number from 5 to 60.',
    ],
    ['<Record maxLength="0"/>', 'Record in line 2: maxLength is "0", but takes a whole number of at least 1.'],
    ['<Dial/>', 'Dial in line 2: it is empty, but holds Number or User elements.'],
    ['<Dial><Number/></Dial>', 'Number in line 2: it holds "", but takes a phone number.'],
    [
      '<Dial><User>ann</User></Dial>',
      'User in line 2: it holds "ann", but takes a SIP URI such as sip:ann@example.com.',
    ],
    ['<Dial><Speak>a</Speak></Dial>', 'Speak in line 2: it may not stand in Dial, which takes Number and User.'],
    [
      '<Dial sipHeaders="a=b&#10;c"><Number>15550100</Number></Dial>',
      'Dial in line 2: sipHeaders is "a=b c", but takes name=value pairs with commas between.',
    ],
    [
      '<Dial action="https://a.example" method="PUT"><Number>15550100</Number></Dial>',
      'Dial in line 2: method is "PUT", but takes one of GET, POST.',
    ],
    ['<Conference/>', 'Conference in line 2: it holds "", but takes the name of a room, 1 to 100 characters.'],
    ['<Stream>wss://a.example</Stream>', 'Stream in line 2: this service does not offer it.'],
    ['<Jump/>', 'Jump in line 2: there is no element "Jump" that may stand in Response.'],
    ['<PreAnswer><Record/></PreAnswer>', 'Record in line 2: there is no element "Record" that may stand in PreAnswer.'],
    ['hello', 'Response in line 2: it holds the text "hello"; say it in a Speak element.'],
  ])('%s', (xml, sentence) => {
    expect(faultsOf(response(xml))).toContain(sentence)
  })

  it.each([
    ['e', 1600],
    ['ж', 737],
  ])('a Message of %s takes %i characters', (letter, most) => {
    const message = (length: number): string => response(`<Message src="1" dst="2">${letter.repeat(length)}</Message>`)

    expect(faultsOf(message(most))).toEqual([])
    expect(faultsOf(message(most + 1))).toEqual([expect.stringMatching(`but takes at most ${most}\\.$`)])
  })

  it('names every one, with line, element and attribute', () => {
    let faults: unknown
    try {
      readDocument('<Response>\n<Wait length="x"/>\n<Speak loop="y">a</Speak>\n</Response>')
    } catch (error) {
      faults = error instanceof InvalidDocument ? error.faults.map(({ sentence, ...where }) => where) : error
    }

    expect(faults).toEqual([
      { line: 2, element: 'Wait', attribute: 'length' },
      { line: 3, element: 'Speak', attribute: 'loop' },
    ])
  })
})

describe('documents as a whole', () => {
  it('takes the empty one, comments, CDATA and a byte order mark', () => {
    expect(readDocument('\uFEFF<?xml version="1.0"?><!-- c --><Response/>').elements).toEqual([])
    expect(only('<Speak><![CDATA[a < b]]></Speak>')).toMatchObject({ parts: [{ text: 'a < b' }] })
  })

  it.each<[string, RegExp]>([
    ['', /not well-formed|is empty/],
    ['{"a":1}', /not well-formed XML/],
    ['<Response>', /not well-formed XML: line 1, unclosed tag: Response/],
    ['<html></html>', /the root of a document is Response, not "html"/],
    [' <?xml version="1.0"?><Response/>', /not well-formed XML/],
    ['<Response><Speak>&undefined;</Speak></Response>', /not well-formed XML/],
    [
      '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><Response><Speak>&b;</Speak></Response>',
      /DOCTYPE, which is not accepted/,
    ],
    ['<!DOCTYPE x SYSTEM "file:///etc/passwd"><Response/>', /DOCTYPE, which is not accepted/],
    [`<Response>${'<Wait/>'.repeat(15_000)}</Response>`, /has 105021 bytes; the most is 102400/],
    [`<Response>${'<Speak>'.repeat(40)}`, /stands deeper than 16 elements/],
  ])('refuses %.40s', (text, sentence) => {
    expect(faultsOf(text)[0]).toMatch(sentence)
  })

  it('either reads or refuses what is cut and changed anywhere', () => {
    const whole = response(
      '<Speak loop="2">a &amp; b</Speak><Dial action="https://a.example/d"><Number>15550100</Number></Dial><Record/>',
    )
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(20), fc.string({ unit: 'grapheme', maxLength: 6 }), (at, cut, put) => {
        const text = whole.slice(0, at) + put + whole.slice(at + cut)
        for (const sentence of faultsOf(text)) expect(sentence).toMatch(/^\S.*\.$/s)
      }),
      { numRuns: 500 },
    )
  })
})
