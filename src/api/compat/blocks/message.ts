import type { Message, MessagePart } from '../../../apps/session/block.ts'
import { BlockRefused } from '../../../apps/session/status.ts'

/** Of the words that are spoken. */
const mostCharacters = 1000
/** Of the parameter as a whole, with its markup. */
const mostBytes = 16 * 1024
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
/** What a file may be named; that it is one is seen when it is fetched. */
const audioFile = /\.(?:mp3|wav|gsm)$/i

/**
 * Reads `msg`: plain text, or a row of `<speech language="zh-HK" gender="male">words</speech>`, `<url>address</url>` and
 * text. Plain text is spoken in English by a woman.
 * @throws BlockRefused
 */
export function readMessage(text: string): Message {
  if (text.trim() === '') throw new BlockRefused('error_msg_empty')
  if (Buffer.byteLength(text) > mostBytes) throw new BlockRefused('error_msg_too_big')
  const parts = text.includes('<') ? readParts(text) : [plain(text)]
  if (parts.length === 0) throw new BlockRefused('error_msg_empty')
  const spoken = parts.reduce((sum, part) => sum + (part.kind === 'speech' ? [...part.text].length : 0), 0)
  if (spoken > mostCharacters) throw new BlockRefused('error_msg_invalid_length')
  return parts
}

const plain = (text: string): MessagePart => ({ kind: 'speech', text: text.trim(), language: 'en', gender: 'female' })

function readParts(text: string): MessagePart[] {
  const element = /<(speech|url)((?:\s+[a-z]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*>([^<]*)<\/\1\s*>/gy
  const parts: MessagePart[] = []
  let at = 0
  while (at < text.length) {
    const open = text.indexOf('<', at)
    const words = text.slice(at, open < 0 ? text.length : open)
    if (words.trim() !== '') parts.push(plain(unescapeXml(words)))
    if (open < 0) break
    element.lastIndex = open
    const match = element.exec(text)
    if (match === null) throw new BlockRefused('error_msg_invalid_xml')
    const [, name, attributes = '', content = ''] = match
    parts.push(
      name === 'url'
        ? readUrl(readAttributes(attributes, []), unescapeXml(content).trim())
        : readSpeech(readAttributes(attributes, ['language', 'gender']), unescapeXml(content).trim()),
    )
    at = element.lastIndex
  }
  return parts
}

function readAttributes(text: string, known: readonly string[]): Readonly<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const [, name = '', double, single] of text.matchAll(/([a-z]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    if (!known.includes(name) || name in found) throw new BlockRefused('error_msg_invalid_xml')
    found[name] = unescapeXml(double ?? single ?? '')
  }
  return found
}

function readSpeech(
  { language = 'en', gender = 'female' }: Readonly<Record<string, string>>,
  text: string,
): MessagePart {
  if (!/^[a-z]{2,3}(?:-[a-z0-9]{2,8})*$/i.test(language)) throw new BlockRefused('error_msg_invalid_language')
  if (gender !== 'female' && gender !== 'male') throw new BlockRefused('error_msg_invalid_gender')
  if (text === '') throw new BlockRefused('error_msg_empty')
  return { kind: 'speech', text, language, gender }
}

function readUrl(_attributes: Readonly<Record<string, string>>, address: string): MessagePart {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new BlockRefused('error_msg_invalid_url')
  if (!audioFile.test(url.pathname)) throw new BlockRefused('error_msg_invalid_file_format')
  return { kind: 'url', url: url.href }
}

function unescapeXml(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));|&/gi, (found, decimal, hex, name) => {
    if (name !== undefined && Object.hasOwn(entities, name)) return entities[name]!
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
    // Not a character of XML 1.0 §2.2, or an entity that nobody declared, or a bare ampersand.
    if (!isXmlCharacter(code)) throw new BlockRefused('error_msg_invalid_xml', `${found} stands for nothing`)
    return String.fromCodePoint(code)
  })
}

const isXmlCharacter = (code: number): boolean =>
  code === 0x9 ||
  code === 0xa ||
  code === 0xd ||
  (code >= 0x20 && code <= 0xd7ff) ||
  (code >= 0xe000 && code <= 0xfffd) ||
  (code >= 0x10000 && code <= 0x10ffff)
