import { SaxesParser } from 'saxes'
import { InvalidDocument, quoted } from './fault.ts'

/** An element as written. */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly (XmlElement | string)[]
  readonly line: number
}

/** The greatest document, in bytes of UTF-8. */
export const maxDocumentBytes = 100 * 1024
// A document of the greatest depth that means something has five floors; more of them only cost us stack.
const maxDepth = 16

interface Open {
  readonly name: string
  readonly attributes: Record<string, string>
  readonly children: (XmlElement | string)[]
  readonly line: number
}

/**
 * Reads well-formed XML 1.0. No document type is taken, so there are no entities but the five of XML and characters.
 * @throws InvalidDocument
 */
export function readXml(text: string): XmlElement {
  if (Buffer.byteLength(text) > maxDocumentBytes) {
    throw fault(1, `The document has ${Buffer.byteLength(text)} bytes; the most is ${maxDocumentBytes}.`)
  }
  const parser = new SaxesParser({ position: true, xmlns: false })
  const open: Open[] = []
  let root: XmlElement | undefined
  parser.on('error', (error) => {
    throw fault(parser.line, `The document is not well-formed XML: ${plainReason(error.message)}.`)
  })
  parser.on('doctype', () => {
    throw fault(parser.line, 'The document has a DOCTYPE, which is not accepted; leave it out.')
  })
  parser.on('opentag', ({ name, attributes }) => {
    if (open.length >= maxDepth) throw fault(parser.line, `${name} stands deeper than ${maxDepth} elements.`)
    open.push({ name, attributes, children: [], line: parser.line })
  })
  const addText = (added: string): void => {
    open.at(-1)?.children.push(added)
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('closetag', () => {
    const closed = open.pop()
    if (closed === undefined) return
    const parent = open.at(-1)
    if (parent === undefined) root = closed
    else parent.children.push(closed)
  })
  // A byte order mark is no part of the text; anything else before the declaration is a fault of the document.
  parser.write(text.replace(/^\uFEFF/, '')).close()
  if (root === undefined) throw fault(1, 'The document is empty; it must hold a Response element.')
  return root
}

export const elementsOf = (element: XmlElement): readonly XmlElement[] =>
  element.children.filter((child) => typeof child !== 'string')

/** Its own text without that of its children, trimmed. */
export const textOf = (element: XmlElement): string =>
  element.children
    .filter((child) => typeof child === 'string')
    .join('')
    .trim()

const fault = (line: number, sentence: string): InvalidDocument => new InvalidDocument([{ line, sentence }])

/** saxes says `3:7: unclosed tag: Speak`. */
function plainReason(message: string): string {
  const [, line, reason] = /^(\d+):\d+: (.*?)\.?$/s.exec(message) ?? []
  return line === undefined || reason === undefined
    ? quoted(message)
    : `line ${line}, ${reason.replace(/\s+/g, ' ').slice(0, 120)}`
}
