/** What one message says, by the names of its fields; these are looked up whatever their case. */
export class Fields {
  readonly #all = new Map<string, { readonly name: string; readonly value: string }>()

  /** Lines `Name: value`. Of several with one name the first counts; a line without a colon is none. */
  static read(text: string): Fields {
    const fields = new Fields()
    for (const line of text.split('\n')) {
      const colon = line.indexOf(':')
      if (colon <= 0) continue
      fields.#set(line.slice(0, colon).trim(), line.slice(colon + 1).trim())
    }
    return fields
  }

  get(name: string): string | undefined {
    return this.#all.get(name.toLowerCase())?.value
  }

  /** The same where values are written as in a URL: in events, and in what a channel says of itself. */
  decoded(): Fields {
    const fields = new Fields()
    for (const { name, value } of this.#all.values()) fields.#set(name, decode(value))
    return fields
  }

  /** As they were written. */
  entries(): readonly { readonly name: string; readonly value: string }[] {
    return [...this.#all.values()]
  }

  #set(name: string, value: string): void {
    const key = name.toLowerCase()
    if (!this.#all.has(key)) this.#all.set(key, { name, value })
  }
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    // A percent sign that begins no octet, or octets that are not UTF-8: it was not encoded.
    return value
  }
}
