import { elementsOf, readXml, textOf, type XmlElement } from '../../../src/apps/document/xml.ts'
import type { Step } from '../../../src/engines/hosted/step.ts'

export const say = (text: string) => ({ kind: 'say', text }) as const
export const gather: Extract<Step, { kind: 'gather' }> = {
  ...{ kind: 'gather', before: [], sounds: [say('Press 1.')], maxDigits: 4, finishKey: '#', allowed: '' },
  ...{ firstSeconds: 5, interSeconds: 3 },
}

/** Elements with their attributes in any order. */
export const shown = (document: string): unknown => {
  const each = (element: XmlElement): unknown => [
    element.name,
    Object.entries(element.attributes).sort(),
    textOf(element),
    elementsOf(element).map(each),
  ]
  return each(readXml(document))
}
