/**
 * Text of others for a terminal: control characters (escape sequences, line breaks, direction marks) are shown by
 * their code, so that a caller's name can neither paint the screen nor forge a line.
 */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_C}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
}
