const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Characters that XML 1.0 (§2.2) has no way to write, not even escaped, are left out. */
const escaped = (plain: string): string =>
  plain
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"']/g, (one) => entities[one]!)

/** Text of XML that is well-formed already. */
export interface Xml {
  readonly xml: string
}

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

/** Texts among the children are escaped; attributes without a value are left out. */
export function element(name: string, attributes: Attributes = {}, children: readonly (Xml | string)[] = []): Xml {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escaped(String(value))}"`)
    .join('')
  const inner = children.map((child) => (typeof child === 'string' ? escaped(child) : child.xml)).join('')
  return { xml: inner === '' ? `<${name}${written}/>` : `<${name}${written}>${inner}</${name}>` }
}

/** A whole document; one without children hangs up. */
export const response = (...children: readonly Xml[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${element('Response', {}, children).xml}\n`
