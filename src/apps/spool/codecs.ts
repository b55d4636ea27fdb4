import type { Codec } from '../../phone/engine.ts'

const known: ReadonlyMap<string, Codec> = new Map([
  ['ulaw', 'PCMU'],
  ['alaw', 'PCMA'],
])

/**
 * `Codecs` of a call file, as `allow` of Asterisk has it: names in the order of preference, `all`, and with `!` what is taken back. `undefined`
 * where none of them is spoken here: the offer is then as it is without, as Asterisk has it where its endpoint speaks none of them.
 */
export function readCodecs(text: string): readonly Codec[] | undefined {
  let chosen: readonly Codec[] = []
  for (const part of text.toLowerCase().split(',')) {
    const [, not = '', name = ''] = /^\s*(!?)\s*(.*?)\s*$/.exec(part) ?? []
    const codec = known.get(name)
    const named = name === 'all' ? [...known.values()] : codec === undefined ? [] : [codec]
    const others = chosen.filter((each) => !named.includes(each))
    chosen = not === '!' ? others : [...chosen, ...named.filter((each) => !chosen.includes(each))]
  }
  return chosen.length === 0 ? undefined : chosen
}
