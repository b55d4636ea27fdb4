import { type HeaderName, headerName } from './header-name.ts'
import type { Headers } from './message.ts'
import { splitOutsideQuotes } from './scan.ts'

export type HeaderEntries = Iterable<readonly [name: string, value: string]>

const unsafe = /[\r\n\0]/

/**
 * Header fields that can be changed. A name that is no token and a value with CR, LF or NUL are refused with a
 * `TypeError` that names the field: nothing user-given can begin a header of its own.
 */
export class HeaderList implements Headers {
  readonly #names: HeaderName[] = []
  readonly #values: string[] = []

  static from(entries: HeaderEntries): HeaderList {
    const list = new HeaderList()
    for (const [name, value] of entries) list.add(name, value)
    return list
  }

  /** A copy that can be changed. */
  static of(headers: Headers): HeaderList {
    return headers instanceof HeaderList ? headers.copy() : HeaderList.from(headers.entries())
  }

  get(name: string): string | undefined {
    const at = this.#find(keyOf(name))
    return at < 0 ? undefined : this.#values[at]
  }

  all(name: string): readonly string[] {
    const key = keyOf(name)
    const list = headerName(name)?.list === true
    const found: string[] = []
    for (let i = 0; i < this.#names.length; i++) {
      if (this.#names[i]!.key !== key) continue
      const value = this.#values[i]!
      if (!list || !value.includes(',')) found.push(value)
      else found.push(...splitOutsideQuotes(value, ',').filter((part) => part !== ''))
    }
    return found
  }

  /** The lines of that name, comma lists as they came. */
  lines(name: string): readonly string[] {
    const key = keyOf(name)
    return this.#values.filter((_, i) => this.#names[i]!.key === key)
  }

  has(name: string): boolean {
    return this.#find(keyOf(name)) >= 0
  }

  get size(): number {
    return this.#names.length
  }

  *entries(): IterableIterator<readonly [name: string, value: string]> {
    for (let i = 0; i < this.#names.length; i++) yield [this.#names[i]!.name, this.#values[i]!]
  }

  /** Behind all others. */
  add(name: string, value: string): this {
    return this.push(checkName(name), checkValue(name, value))
  }

  /** Before all others: how a Via is put on top. */
  prepend(name: string, value: string): this {
    this.#names.unshift(checkName(name))
    this.#values.unshift(checkValue(name, value))
    return this
  }

  /** In the place of the first line of that name; further ones go. */
  set(name: string, value: string): this {
    const entry = checkName(name)
    checkValue(name, value)
    const at = this.#find(entry.key)
    if (at < 0) return this.push(entry, value)
    for (let i = this.#names.length - 1; i > at; i--) if (this.#names[i]!.key === entry.key) this.#cut(i)
    this.#values[at] = value
    return this
  }

  /** Changes the first value only, and leaves the rest of a comma list and the lines below alone. */
  setTop(name: string, value: string): this {
    const entry = checkName(name)
    checkValue(name, value)
    const at = this.#find(entry.key)
    if (at < 0) return this.push(entry, value)
    const rest = splitOutsideQuotes(this.#values[at]!, ',').slice(1)
    this.#values[at] = [value, ...rest].join(', ')
    return this
  }

  delete(name: string): this {
    const key = keyOf(name)
    for (let i = this.#names.length - 1; i >= 0; i--) if (this.#names[i]!.key === key) this.#cut(i)
    return this
  }

  copy(): HeaderList {
    const list = new HeaderList()
    for (let i = 0; i < this.#names.length; i++) list.push(this.#names[i]!, this.#values[i]!)
    return list
  }

  /** The parser's door: the name is known to be a token, the value to be one line. */
  push(name: HeaderName, value: string): this {
    this.#names.push(name)
    this.#values.push(value)
    return this
  }

  #find(key: string): number {
    for (let i = 0; i < this.#names.length; i++) if (this.#names[i]!.key === key) return i
    return -1
  }

  #cut(at: number): void {
    this.#names.splice(at, 1)
    this.#values.splice(at, 1)
  }
}

function keyOf(name: string): string {
  return headerName(name)?.key ?? name.toLowerCase()
}

function checkName(name: string): HeaderName {
  const entry = headerName(name)
  if (entry === undefined) throw new TypeError(`${JSON.stringify(name)} is not a header name`)
  return entry
}

function checkValue(name: string, value: string): string {
  if (unsafe.test(value)) throw new TypeError(`the value of ${name} holds a line break or NUL`)
  return value.trim()
}
