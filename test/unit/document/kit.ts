import { type DocumentElement, readDocument } from '../../../src/apps/document/document.ts'
import { InvalidDocument } from '../../../src/apps/document/fault.ts'
import { defaultTuning } from '../../../src/apps/document/web-target.ts'

export const response = (inner: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Response>${inner}</Response>`

/** The one element of a document. */
export function only(inner: string): DocumentElement {
  const [element, ...others] = readDocument(response(inner)).elements
  if (element === undefined || others.length > 0) throw new Error('one element was expected')
  return element
}

export function faultsOf(text: string): string[] {
  try {
    readDocument(text)
  } catch (error) {
    if (error instanceof InvalidDocument) return error.faults.map(({ sentence }) => sentence)
    throw error
  }
  return []
}

export const post = (url: string) => ({ url, method: 'POST', tuning: defaultTuning })
export const get = (url: string) => ({ url, method: 'GET', tuning: defaultTuning })
