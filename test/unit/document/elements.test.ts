import { describe, expect, it } from 'vitest'
import { readDocument } from '../../../src/apps/document/document.ts'
import { get, only, post, response } from './kit.ts'

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
      { transcription: post('https://a.example/t') },
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
