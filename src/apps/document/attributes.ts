import { type DocumentFault, quoted } from './fault.ts'
import { readWebTarget, type WebMethod, type WebTarget } from './web-target.ts'
import type { XmlElement } from './xml.ts'

/** Collects what is wrong and what is not understood while a document is read. */
export class Findings {
  readonly faults: DocumentFault[] = []
  /** Sentences about what is tolerated but means nothing, such as an attribute that is unknown. */
  readonly notes: string[] = []

  fault(element: XmlElement, sentence: string, attribute?: string): void {
    this.faults.push({
      line: element.line,
      element: element.name,
      sentence: `${element.name} in line ${element.line}: ${sentence}`,
      ...(attribute === undefined ? {} : { attribute }),
    })
  }
}

/** What is above `max` is a fault; what is above `most` counts as it, for programs that write a large number for "without end". */
export type IntegerRule =
  | { readonly min: number; readonly max: number }
  | { readonly min: number; readonly most: number }

/** Seconds: no call needs more. */
export const daySeconds = 86_400
/** Repeats of a sound or a question, where the dialect names no limit. */
export const mostTimes = 10_000

/** Reads the attributes of one element; each fault names element, line and attribute, and the default stands in. */
export class Attributes {
  readonly #element: XmlElement
  readonly #findings: Findings
  readonly #known = new Set<string>()

  constructor(element: XmlElement, findings: Findings) {
    this.#element = element
    this.#findings = findings
  }

  /** `undefined` where it is absent or blank. */
  text(name: string): string | undefined {
    const value = this.written(name)?.trim()
    return value === '' ? undefined : value
  }

  /** As it stands in the document, also where that is blank. */
  written(name: string): string | undefined {
    this.#known.add(name)
    return this.#element.attributes[name]
  }

  integer<D extends number | undefined>(name: string, otherwise: D, rule: IntegerRule): number | D {
    const value = this.text(name)
    if (value === undefined) return otherwise
    const number = Number(value)
    const isWhole = /^-?\d+$/.test(value) && number >= rule.min
    if ('most' in rule) {
      if (isWhole) return Math.min(number, rule.most)
    } else if (isWhole && number <= rule.max) return number
    const range = 'most' in rule ? `of at least ${rule.min}` : `from ${rule.min} to ${rule.max}`
    return this.#refuse(name, value, `a whole number ${range}`, otherwise)
  }

  /** Seconds, also in parts; more than a day counts as a day. */
  seconds(name: string, otherwise: number): number {
    const value = this.text(name)
    if (value === undefined) return otherwise
    const number = Number(value)
    if (/^\d+(?:\.\d+)?$/.test(value) && number > 0) return Math.min(number, daySeconds)
    return this.#refuse(name, value, 'a number above 0', otherwise)
  }

  /** Programs write `true` and `True`. */
  flag(name: string, otherwise: boolean): boolean {
    const value = this.text(name)
    if (value === undefined) return otherwise
    const lower = value.toLowerCase()
    if (lower === 'true' || lower === 'false') return lower === 'true'
    return this.#refuse(name, value, 'true or false', otherwise)
  }

  choice<C extends string, D extends C | undefined>(name: string, choices: readonly C[], otherwise: D): C | D {
    const value = this.text(name)
    if (value === undefined) return otherwise
    const chosen = choices.find((choice) => choice.toLowerCase() === value.toLowerCase())
    return chosen ?? this.#refuse(name, value, `one of ${choices.join(', ')}`, otherwise)
  }

  /** Text that fits `pattern`. */
  fitting<D extends string | undefined>(name: string, pattern: RegExp, takes: string, otherwise: D): string | D {
    const value = this.text(name)
    if (value === undefined || pattern.test(value)) return value ?? otherwise
    return this.#refuse(name, value, takes, otherwise)
  }

  url(name: string, method?: string): WebTarget | undefined {
    const way = method === undefined ? 'POST' : this.method(method)
    const value = this.text(name)
    if (value === undefined) return undefined
    const target = readWebTarget(value, way)
    return typeof target === 'string' ? this.#refuse(name, value, target, undefined) : target
  }

  method(name: string): WebMethod {
    return this.choice(name, ['GET', 'POST'], 'POST')
  }

  refuse(name: string, value: string, takes: string): void {
    this.#refuse(name, value, takes, undefined)
  }

  /** To be called when all that is known was asked for. */
  done(): void {
    for (const name of Object.keys(this.#element.attributes)) {
      if (this.#known.has(name)) continue
      this.#findings.notes.push(
        `${this.#element.name} in line ${this.#element.line} has an attribute ${quoted(name)}, which means nothing there`,
      )
    }
  }

  #refuse<D>(name: string, value: string, takes: string, otherwise: D): D {
    this.#findings.fault(this.#element, `${name} is ${quoted(value)}, but takes ${takes}.`, name)
    return otherwise
  }
}
