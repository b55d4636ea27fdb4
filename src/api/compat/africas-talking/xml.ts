const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Characters that XML 1.0 (§2.2) has no way to write, not even escaped, are left out. */
const text = (plain: string): string =>
  plain
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"']/g, (one) => entities[one]!)

/** The call document that speaks a text; an empty one hangs up. */
export const sayDocument = (spoken: string | undefined): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Response>${spoken === undefined ? '' : `<Say>${text(spoken)}</Say>`}</Response>\n`
