/** What the block API of the source says of requests, as a table; `test/integration/blocks-contract.test.ts` asks for each line. */

export const blockPaths = {
  dial: 'start/dial',
  play: 'middle/play',
  gather: 'middle/gather',
  record: 'middle/record',
  monitor: 'middle/monitor',
  hold: 'middle/hold',
  unhold: 'middle/unhold',
  transfer: 'end/transfer',
  hangup: 'end/hangup',
} as const

export type BlockName = keyof typeof blockPaths
export const blockNames = Object.keys(blockPaths) as readonly BlockName[]

const all = blockNames
const ofSession = all.filter((block) => block !== 'dial')
const spoken = all.filter((block) => block !== 'unhold')
/** Those whose result is of no use without a place to tell it. */
export const notified: readonly BlockName[] = ['gather', 'record', 'monitor']

export interface ParameterFact {
  readonly name: string
  readonly blocks: readonly BlockName[]
  readonly taken: readonly string[]
  /** Code by value; `undefined` is a parameter that is not there. */
  readonly refused: readonly (readonly [value: string | undefined, code: string])[]
}

const longest = (length: number): string => 'x'.repeat(length)
const speech = (attributes: string): string => `<speech ${attributes}>Hi</speech>`

/** @param hook a URL that may be notified */
export const parameterFacts = (hook: string): readonly ParameterFact[] => [
  {
    name: 'app_id',
    blocks: all,
    taken: [],
    refused: [
      [undefined, 'error_app_id_param_missing'],
      ['nobody', 'error_invalid_app_id'],
    ],
  },
  { name: 'access_token', blocks: all, taken: [], refused: [[undefined, 'error_access_token_param_missing']] },
  {
    name: 'session',
    blocks: ofSession,
    taken: [],
    refused: [
      [undefined, 'error_session_param_missing'],
      ['', 'error_session_param_missing'],
      ['S1234', 'error_invalid_session'],
    ],
  },
  {
    name: 'msg',
    blocks: spoken,
    taken: [
      'Hello. Press 1 for yes, press 2 for no.',
      '你好',
      longest(1000),
      'Tom &amp; Ann',
      speech('language="zh-HK" gender="female"'),
      speech("gender='male'"),
      `Before ${speech('')} after`,
      '<url>https://media.example.com/a/hello.mp3</url>',
      '<url>http://media.example.com/hello.wav?x=1&amp;y=2</url>',
      '<url>http://media.example.com/HELLO.GSM</url>',
    ],
    refused: [
      ['', 'error_msg_empty'],
      [' \n', 'error_msg_empty'],
      ['<speech></speech>', 'error_msg_empty'],
      [longest(1001), 'error_msg_invalid_length'],
      [`<speech language="en">${longest(1001)}</speech>`, 'error_msg_invalid_length'],
      [`${longest(900)}${speech('')}${longest(900)}`, 'error_msg_invalid_length'],
      [longest(16 * 1024 + 1), 'error_msg_too_big'],
      ['<b>Hello</b>', 'error_msg_invalid_xml'],
      ['<speech>Hello', 'error_msg_invalid_xml'],
      ['Tom & Ann <speech>Hi</speech>', 'error_msg_invalid_xml'],
      [speech('voice="x"'), 'error_msg_invalid_xml'],
      [speech('language="english please"'), 'error_msg_invalid_language'],
      [speech('gender="robot"'), 'error_msg_invalid_gender'],
      ['<url>hello.wav</url>', 'error_msg_invalid_url'],
      ['<url>ftp://media.example.com/hello.wav</url>', 'error_msg_invalid_url'],
      ['<url>https://media.example.com/hello.ogg</url>', 'error_msg_invalid_file_format'],
    ],
  },
  {
    name: 'tag',
    blocks: all,
    taken: ['', 'myapp', 'ä'.repeat(256), 'a=1&b=2'],
    refused: [[longest(257), 'error_tag_invalid_length']],
  },
  {
    name: 'notify_url',
    blocks: all,
    taken: [hook, `${hook}?app_state=gather&x=%20`, `${hook}/${longest(4000 - hook.length - 1)}`],
    refused: [
      ['my.server.com/myscript', 'error_invalid_notify_url'],
      ['ftp://my.server.com/myscript', 'error_invalid_notify_url'],
      [`${hook}/${longest(4000)}`, 'error_invalid_notify_url'],
      ['http://10.1.2.3/myscript', 'error_invalid_notify_url'],
      ['http://nobody.invalid/myscript', 'error_unable_to_resolve_notify_url'],
    ],
  },
  {
    name: 'notify_url',
    blocks: notified,
    taken: [],
    refused: [
      [undefined, 'error_notify_url_param_missing'],
      ['', 'error_notify_url_param_missing'],
    ],
  },
  {
    name: 'monitor_notify_url',
    blocks: ['monitor'],
    taken: ['', `${hook}?monitor=1`],
    refused: [
      ['nowhere', 'error_invalid_notify_url'],
      ['http://nobody.invalid/', 'error_unable_to_resolve_notify_url'],
    ],
  },
  {
    name: 'dest',
    blocks: ['dial', 'transfer'],
    taken: [],
    refused: [
      [undefined, 'error_dest_param_missing'],
      [' ', 'error_dest_param_missing'],
    ],
  },
  {
    name: 'dest',
    blocks: ['transfer'],
    taken: ['+6522222222', 'room:R1234', 'room:', 'room:R-1'],
    refused: [
      ['room:a b', 'error_invalid_room'],
      [`room:${longest(65)}`, 'error_invalid_room'],
    ],
  },
  { name: 'caller_id', blocks: ['transfer'], taken: ['+6500000000', 'private', ''], refused: [] },
  {
    name: 'caller_id',
    blocks: ['dial'],
    taken: ['private', ''],
    refused: [
      ['+6500000000', 'error_caller_id_invalid'],
      ['me', 'error_caller_id_invalid'],
    ],
  },
  {
    name: 'max_duration',
    blocks: ['dial'],
    taken: ['60', '1', '86400', ''],
    refused: [
      ['0', 'error_invalid_max_duration'],
      ['1.5', 'error_invalid_max_duration'],
      ['-60', 'error_invalid_max_duration'],
      ['86401', 'error_invalid_max_duration'],
    ],
  },
  {
    name: 'ringtime',
    blocks: ['dial'],
    taken: ['30', '600'],
    refused: [
      ['0', 'error_malformed_params'],
      ['long', 'error_malformed_params'],
    ],
  },
  {
    name: 'max_digits',
    blocks: ['gather'],
    taken: ['0', '1', '255', ''],
    refused: [
      ['256', 'error_invalid_max_digits'],
      ['-1', 'error_invalid_max_digits'],
      ['one', 'error_invalid_max_digits'],
    ],
  },
  {
    name: 'timeout',
    blocks: ['gather'],
    taken: ['60', '1', ''],
    refused: [
      ['0', 'error_invalid_timeout'],
      ['soon', 'error_invalid_timeout'],
    ],
  },
  {
    name: 'attempts',
    blocks: ['gather'],
    taken: ['3', '1', ''],
    refused: [
      ['0', 'error_invalid_attempts'],
      ['1.5', 'error_invalid_attempts'],
    ],
  },
  {
    name: 'max_duration',
    blocks: ['record'],
    taken: ['60', '1', '7200', ''],
    refused: [
      ['0', 'error_invalid_max_duration'],
      ['7201', 'error_invalid_max_duration'],
    ],
  },
  {
    name: 'on_failure',
    blocks: ['transfer'],
    taken: ['continue', 'hangup', ''],
    refused: [['retry', 'error_on_failure_invalid']],
  },
  {
    name: 'force',
    blocks: ['hangup'],
    taken: ['enabled', 'disabled', ''],
    refused: [['yes', 'error_malformed_params']],
  },
  // What a block does not know is left alone, so that programs may send their own.
  { name: 'app_state', blocks: all, taken: ['anything'], refused: [] },
]
