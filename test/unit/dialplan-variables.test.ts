import { describe, expect, it } from 'vitest'
import { filled, type Variables } from '../../src/apps/dialplan/variables.ts'

const set: Variables = [
  ['name', 'Ann'],
  ['name', 'Ben'],
  ['CDR(userfield)', 'spring'],
  ['odd', `\${name} $& $1`],
]

describe('variables of a call file', () => {
  it.each([
    [`Hello \${name}`, 'Hello Ben'],
    [`\${name}\${name}`, 'BenBen'],
    [`Hello \${nobody}.`, 'Hello .'],
    [`\${Name}`, ''],
    [`of \${CDR(userfield)}`, 'of spring'],
    // A value is not looked into.
    [`\${odd}`, `\${name} $& $1`],
    [`$name {name} \${name`, `$name {name} \${name`],
    [`\${}`, ''],
    ['', ''],
  ])('%j is %j', (text, said) => {
    expect(filled(text, set)).toBe(said)
  })

  it('stand in every text of a flow, and leave all else as it is', () => {
    const step = {
      block: 'play',
      prompt: [{ text: `\${name}` }, { url: `https://example.com/\${name}.wav`, n: 1 }],
      early: true,
    }

    expect(filled(step, set)).toEqual({
      block: 'play',
      prompt: [{ text: 'Ben' }, { url: 'https://example.com/Ben.wav', n: 1 }],
      early: true,
    })
    expect(filled([undefined, null, 0], set)).toEqual([undefined, null, 0])
  })
})
