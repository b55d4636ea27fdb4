import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DocumentElement, readDocument } from '../../../src/apps/document/document.ts'
import { InvalidDocument } from '../../../src/apps/document/fault.ts'
import { defaultTuning } from '../../../src/apps/document/web-target.ts'

const response = (inner: string): string => `<?xml version="1.0" encoding="UTF-8"?>\n<Response>${inner}</Response>`

function only(inner: string): DocumentElement {
  const [element, ...others] = readDocument(response(inner)).elements
  if (element === undefined || others.length > 0) throw new Error('one element was expected')
  return element
}

function faultsOf(text: string): string[] {
  try {
    readDocument(text)
  } catch (error) {
    if (error instanceof InvalidDocument) return error.faults.map(({ sentence }) => sentence)
    throw error
  }
  return []
}

const post = (url: string) => ({ url, method: 'POST', tuning: defaultTuning })
const get = (url: string) => ({ url, method: 'GET', tuning: defaultTuning })

describe('elements with their defaults', () => {
  it.each<[string, object]>([
    [
      '<Speak>Hello</Speak>',
      {
        element: 'Speak',
        voice: 'WOMAN',
        language: 'en-US',
        loop: 1,
        parts: [{ kind: 'text', text: 'Hello', language: 'en-US' }],
      },
    ],
    ['<Play>https://a.example/x.mp3</Play>', { element: 'Play', source: get('https://a.example/x.mp3'), loop: 1 }],
    ['<Wait/>', { element: 'Wait', seconds: 1, silence: false, minSilenceMs: 2000, beep: undefined }],
    ['<DTMF>1w2W#</DTMF>', { element: 'DTMF', digits: '1w2W#', async: true }],
    ['<Hangup/>', { element: 'Hangup', reason: undefined, schedule: undefined }],
    ['<Redirect>https://a.example/b</Redirect>', { element: 'Redirect', target: post('https://a.example/b') }],
    [
      '<Message src="15550100" dst="15550101&lt;15550102">Hi</Message>',
      { element: 'Message', src: '15550100', dst: ['15550101', '15550102'], text: 'Hi', callback: undefined },
    ],
    [
      '<GetDigits/>',
      {
        element: 'GetDigits',
        action: undefined,
        timeout: 5,
        digitTimeout: 2,
        finishOnKey: '#',
        numDigits: 99,
        retries: 1,
        redirect: true,
        playBeep: false,
        validDigits: '1234567890*#',
        invalidDigitsSound: undefined,
        log: true,
        prompts: [],
      },
    ],
    [
      '<GetInput action="https://a.example/i"/>',
      {
        element: 'GetInput',
        action: post('https://a.example/i'),
        inputs: new Set(['dtmf']),
        executionTimeout: 15,
        digitEndTimeout: 'auto',
        speechEndTimeout: 'auto',
        finishOnKey: '#',
        numDigits: 32,
        startInputTimeout: undefined,
        retries: 1,
        speechModel: 'default',
        hints: [],
        language: 'en-US',
        interimResults: undefined,
        log: true,
        redirect: true,
        profanityFilter: false,
        prompts: [],
      },
    ],
    [
      '<Record/>',
      {
        element: 'Record',
        action: undefined,
        fileFormat: 'mp3',
        redirect: true,
        timeout: 15,
        maxLength: 60,
        playBeep: true,
        finishOnKey: '#',
        what: 'message',
        channels: 'stereo',
        transcription: undefined,
        callback: undefined,
      },
    ],
    [
      '<Dial><Number>15550100</Number><User>sip:ann@a.example</User></Dial>',
      {
        element: 'Dial',
        action: undefined,
        redirect: true,
        timeout: undefined,
        timeLimit: 14_400,
        callerId: undefined,
        callerName: undefined,
        hangupOnStar: false,
        callback: undefined,
        confirm: undefined,
        dialMusic: { kind: 'ringback' },
        digitsMatch: [],
        digitsMatchBLeg: [],
        sipHeaders: new Map(),
        targets: [
          { element: 'Number', number: '15550100', sendDigits: '', sendOnPreanswer: false },
          {
            element: 'User',
            uri: 'sip:ann@a.example',
            sendDigits: '',
            sendOnPreanswer: false,
            sipHeaders: new Map(),
            credentials: undefined,
          },
        ],
      },
    ],
    [
      '<Conference>My room</Conference>',
      {
        element: 'Conference',
        room: 'My room',
        muted: false,
        deaf: false,
        enterSound: { kind: 'none' },
        exitSound: { kind: 'none' },
        startOnEnter: true,
        endOnExit: false,
        stayAlone: true,
        waitSound: undefined,
        maxMembers: 20,
        record: undefined,
        timeLimit: 86_400,
        hangupOnStar: false,
        action: undefined,
        redirect: true,
        callback: undefined,
        digitsMatch: [],
        floorEvent: false,
        relayDtmf: true,
        transcription: undefined,
      },
    ],
    [
      '<PreAnswer><Speak>Hold on</Speak></PreAnswer>',
      {
        element: 'PreAnswer',
        children: [
          {
            element: 'Speak',
            voice: 'WOMAN',
            language: 'en-US',
            loop: 1,
            parts: [{ kind: 'text', text: 'Hold on', language: 'en-US' }],
          },
        ],
      },
    ],
  ])('%s', (xml, element) => {
    expect(only(xml)).toEqual(element)
  })
})

describe('attributes', () => {
  it.each<[string, object]>([
    [
      '<Speak voice="Polly.Amy" language="cy-GB" loop="0">Bore da</Speak>',
      { voice: 'Polly.Amy', language: 'cy-GB', loop: 0 },
    ],
    ['<Speak voice="man" language="fr-ca">Bonjour</Speak>', { voice: 'MAN', language: 'fr-CA' }],
    [
      '<Wait length="2.5" silence="TRUE" minSilence="300" beep="true"/>',
      {
        seconds: 2.5,
        silence: true,
        minSilenceMs: 300,
        beep: { duration: 300, interSilence: 50, intraSilence: 500, threshold: 256 },
      },
    ],
    [
      '<Wait beep="duration=200, threshold=99"/>',
      { beep: { duration: 200, interSilence: 50, intraSilence: 500, threshold: 99 } },
    ],
    ['<DTMF async="false">9</DTMF>', { async: false }],
    ['<Hangup reason="busy"/>', { reason: 'busy' }],
    ['<Hangup reason="busy" schedule="60"/>', { reason: undefined, schedule: 60 }],
    ['<Redirect method="get">http://a.example/b?c=1&amp;d=2</Redirect>', { target: get('http://a.example/b?c=1&d=2') }],
    [
      '<GetDigits finishOnKey="none" numDigits="4" timeout="7" digitTimeout="3" retries="2" validDigits="12" playBeep="true" log="false" redirect="false"/>',
      {
        finishOnKey: '',
        numDigits: 4,
        timeout: 7,
        digitTimeout: 3,
        retries: 2,
        validDigits: '12',
        playBeep: true,
        log: false,
        redirect: false,
      },
    ],
    ['<GetDigits finishOnKey=""/>', { finishOnKey: '' }],
    [
      '<GetDigits action="https://a.example/d" method="GET" invalidDigitsSound="https://a.example/no.wav"/>',
      { action: get('https://a.example/d'), invalidDigitsSound: post('https://a.example/no.wav') },
    ],
    [
      '<GetInput action="https://a.example/i" inputType="dtmf speech" hints="one, two" digitEndTimeout="3" speechEndTimeout="AUTO" startInputTimeout="4"/>',
      {
        inputs: new Set(['dtmf', 'speech']),
        hints: ['one', 'two'],
        digitEndTimeout: 3,
        speechEndTimeout: 'auto',
        startInputTimeout: 4,
      },
    ],
    [
      '<Record finishOnKey="1234567890*#" fileFormat="wav" recordSession="true" recordChannelType="mono"/>',
      { finishOnKey: '1234567890*#', fileFormat: 'wav', what: 'session', channels: 'mono' },
    ],
    [
      '<Record startOnDialAnswer="true" callbackUrl="https://a.example/r" callbackMethod="GET"/>',
      { what: 'dial', callback: get('https://a.example/r') },
    ],
    [
      '<Record transcriptionType="auto" transcriptionUrl="https://a.example/t"/>',
      { transcription: { target: post('https://a.example/t') } },
    ],
    [
      '<Dial timeLimit="99999999" timeout="20" confirmSound="https://a.example/c" confirmKey="5" dialMusic="real" digitsMatch="1,22" sipHeaders="a=1,X-PH-b=two words"><Number sendDigits="1,2">+1 (555) 0100,9|8</Number></Dial>',
      {
        timeLimit: 86_400,
        timeout: 20,
        confirm: { sound: post('https://a.example/c'), key: '5', timeout: 120 },
        dialMusic: { kind: 'real' },
        digitsMatch: ['1', '22'],
        sipHeaders: new Map([
          ['a', '1'],
          ['b', 'two words'],
        ]),
        targets: [{ element: 'Number', number: '+1 (555) 0100', sendDigits: '1w2', sendOnPreanswer: false }],
      },
    ],
    [
      '<Dial dialMusic="https://a.example/m"><User sipAuthUsername="u" sipAuthPassword="longenough" sipHeaders="k=v">sip:a@b.example:5070;transport=tcp</User></Dial>',
      {
        dialMusic: { kind: 'document', target: post('https://a.example/m') },
        targets: [
          {
            element: 'User',
            uri: 'sip:a@b.example:5070;transport=tcp',
            sendDigits: '',
            sendOnPreanswer: false,
            sipHeaders: new Map([['k', 'v']]),
            credentials: { username: 'u', password: 'longenough' },
          },
        ],
      },
    ],
    [
      '<Conference enterSound="beep:2" exitSound="https://a.example/x" maxMembers="100" record="true" recordFileFormat="wav" timeLimit="0">r</Conference>',
      {
        enterSound: { kind: 'beep', times: 2 },
        exitSound: { kind: 'document', target: post('https://a.example/x') },
        maxMembers: 100,
        record: 'wav',
        timeLimit: 86_400,
      },
    ],
  ])('%s', (xml, fields) => {
    expect(only(xml)).toMatchObject(fields)
  })

  it('reads how patient a request is from the fragment, which is not part of the URL', () => {
    expect(
      only('<Redirect>https://a.example/b#ct=500&amp;rt=3000&amp;tt=9000&amp;rc=3&amp;rp=5xx,ct</Redirect>'),
    ).toEqual({
      element: 'Redirect',
      target: {
        url: 'https://a.example/b',
        method: 'POST',
        tuning: { connectMs: 500, readMs: 3000, totalMs: 9000, retries: 3, retryOn: ['5xx', 'ct'] },
      },
    })
  })

  it('tolerates one that is unknown, and says so', () => {
    expect(readDocument(response('<Wait lenght="2"/>')).notes).toEqual([
      'Wait in line 2 has an attribute "lenght", which means nothing there',
    ])
  })
})

describe('speech with markup', () => {
  it('keeps pauses, languages and aliases, and speaks the rest plainly', () => {
    const xml =
      '<Speak voice="Polly.Amy">One <break time="500ms"/><emphasis>two</emphasis> <lang xml:lang="fr-FR">trois</lang> <sub alias="World Wide Web">WWW</sub> <say-as interpret-as="digits">42</say-as></Speak>'

    expect(only(xml)).toMatchObject({
      parts: [
        { kind: 'text', text: 'One', language: 'en-US' },
        { kind: 'pause', ms: 500 },
        { kind: 'text', text: 'two', language: 'en-US' },
        { kind: 'text', text: 'trois', language: 'fr-FR' },
        { kind: 'text', text: 'World Wide Web 4 2', language: 'en-US' },
      ],
    })
  })
})

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
