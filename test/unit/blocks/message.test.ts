import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMessage } from '../../../src/api/compat/blocks/message.ts'
import { BlockRefused } from '../../../src/apps/session/status.ts'

const codeOf = (text: string): string => {
  try {
    readMessage(text)
  } catch (error) {
    if (error instanceof BlockRefused) return error.code
    throw error
  }
  return 'success_ok'
}

describe('msg', () => {
  it.each([
    ['error_msg_empty', '  '],
    ['error_msg_empty', '<speech> </speech>'],
    ['error_msg_invalid_length', 'x'.repeat(1001)],
    ['error_msg_invalid_length', `<speech>${'x'.repeat(600)}</speech>${'y'.repeat(600)}`],
    ['error_msg_too_big', 'é'.repeat(10_000)],
    ['error_msg_invalid_language', '<speech language="chinese!">Hi</speech>'],
    ['error_msg_invalid_gender', '<speech gender="robot">Hi</speech>'],
    ['error_msg_invalid_xml', '<speech>Hi'],
    ['error_msg_invalid_xml', '<speak>Hi</speak>'],
    ['error_msg_invalid_xml', '<speech speed="2">Hi</speech>'],
    ['error_msg_invalid_xml', '<speech gender="male" gender="male">Hi</speech>'],
    ['error_msg_invalid_xml', '<speech>Tom & Ann</speech>'],
    ['error_msg_invalid_xml', '<speech>&nbsp;</speech>'],
    ['error_msg_invalid_xml', '<speech>&#0;</speech>'],
    ['error_msg_invalid_xml', '<speech>Hi</url>'],
    ['error_msg_invalid_xml', 'press 1 if x < 3'],
    ['error_msg_invalid_url', '<url>file:///etc/passwd.wav</url>'],
    ['error_msg_invalid_url', '<url>sound.mp3</url>'],
    ['error_msg_invalid_url', '<url></url>'],
    ['error_msg_invalid_file_format', '<url>https://app.test/sound.ogg</url>'],
  ])('is refused: %s', (code, text) => {
    expect(codeOf(text)).toBe(code)
  })

  it('is text, spoken in English by a woman', () => {
    expect(readMessage(' Tom & Ann ')).toEqual([
      { kind: 'speech', text: 'Tom & Ann', language: 'en', gender: 'female' },
    ])
  })

  it('is speech and files, one after the other', () => {
    const text = `Hello <speech language='zh-HK' gender="male">你好 &amp; &#x4F60;</speech>
      <url>https://app.test/a.mp3?x=1&amp;y=2</url>`

    expect(readMessage(text)).toEqual([
      { kind: 'speech', text: 'Hello', language: 'en', gender: 'female' },
      { kind: 'speech', text: '你好 & 你', language: 'zh-HK', gender: 'male' },
      { kind: 'url', url: 'https://app.test/a.mp3?x=1&y=2' },
    ])
  })

  it('never fails but with a code, whatever it is', () => {
    const piece = fc.constantFrom('<', '>', '/', 'speech', 'url', '"', '=', '&', ';', 'gender', 'http://a/b.wav', ' ')
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 30 }), (pieces) => {
        expect(codeOf(pieces.join(''))).toMatch(/^(?:success_ok|error_msg_)/)
      }),
    )
  })
})
