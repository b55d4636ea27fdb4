import { maxTextLength, SpeechError } from './synthesizer.ts'

/**
 * What is spoken of a text: composed (NFC), without control and format characters, each run of white space one blank.
 * Control characters go because engines take some as commands: Ctrl-A starts one in eSpeak.
 */
export function cleanText(text: string): string {
  const length = countCodePoints(text)
  if (length > maxTextLength) {
    throw new SpeechError(
      'text_too_long',
      `The text has ${length} characters; at most ${maxTextLength} are spoken at once. Split it into several prompts.`,
    )
  }
  const clean = text
    .normalize('NFC')
    .replace(/[\s\p{Z}\p{Cc}]+/gu, ' ')
    .replace(/[\p{Cf}\p{Co}\p{Cn}\p{Cs}\uFFFD]/gu, '')
    .trim()
  if (!/[\p{L}\p{N}]/u.test(clean)) {
    throw new SpeechError('text_empty', 'The text has no letter and no digit, so there is nothing to say.')
  }
  return clean
}

function countCodePoints(text: string): number {
  let count = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    // The second half of a surrogate pair is not a character of its own.
    if (unit < 0xdc00 || unit > 0xdfff) count++
  }
  return count
}

const spelled: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '‚': ',',
  '“': '"',
  '”': '"',
  '„': '"',
  '«': '"',
  '»': '"',
  '–': ', ',
  '—': ', ',
  '…': '. ',
  '‑': '-',
  '‐': '-',
  '−': '-',
  '×': ' times ',
  '÷': ' divided by ',
  '°': ' degrees ',
  '€': ' euros ',
  '£': ' pounds ',
  '¥': ' yen ',
  '½': ' one half ',
  '¼': ' one quarter ',
  '¾': ' three quarters ',
  ß: 'ss',
  æ: 'ae',
  Æ: 'Ae',
  œ: 'oe',
  Œ: 'Oe',
  ø: 'o',
  Ø: 'O',
  đ: 'd',
  Đ: 'D',
  ł: 'l',
  Ł: 'L',
  þ: 'th',
  Þ: 'Th',
  ð: 'th',
  Ð: 'Th',
}

/** The text in ASCII, for engines that know English spelling only: accents fall off, signs become words, the rest is left out. */
export function asciiText(text: string): string {
  return text
    .replace(
      /[€£]\s?([0-9][0-9.,]*)/gu,
      (found, amount: string) => `${amount} ${found.startsWith('€') ? 'euros' : 'pounds'}`,
    )
    .replace(/[^\x20-\x7e]/gu, (character) => spelled[character] ?? character)
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]/gu, ' ')
    .replace(/ +/g, ' ')
    .trim()
}

/** Ends of sentences: a mark, perhaps a closing quote, then white space. */
const sentenceEnd = /[.!?。！？।]+["'”’)\]]*\s+/gu
const clauseEnd = /[,;:、，—–]\s*/gu
const blank = /\s+/gu

/**
 * Cuts a text into pieces of at most `most` characters: after a sentence where one ends, else after a clause, else
 * between words, else anywhere. Joined again with blanks the pieces say the same. A piece is as long as fits.
 */
export function cutText(text: string, most: number): string[] {
  const pieces: string[] = []
  let rest = text.trim()
  while (rest.length > most) {
    const at =
      lastCut(rest, sentenceEnd, most) ??
      lastCut(rest, clauseEnd, most) ??
      lastCut(rest, blank, most) ??
      hardCut(rest, most)
    pieces.push(rest.slice(0, at).trim())
    rest = rest.slice(at).trim()
  }
  if (rest !== '') pieces.push(rest)
  return pieces
}

function lastCut(text: string, ends: RegExp, most: number): number | undefined {
  let cut: number | undefined
  // The blank that a match takes along may stand past the limit: it is trimmed off.
  for (const match of text.slice(0, most + 1).matchAll(ends)) {
    const end = match.index + match[0].length
    if (text.slice(0, end).trimEnd().length <= most && end > 0) cut = end
  }
  return cut === 0 ? undefined : cut
}

function hardCut(text: string, most: number): number {
  const unit = text.charCodeAt(most - 1)
  // Never between the halves of a surrogate pair.
  return most > 1 && unit >= 0xd800 && unit <= 0xdbff ? most - 1 : most
}
