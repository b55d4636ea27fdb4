import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameReader, FramingError } from '../../../src/engines/freeswitch/framing.ts'

const read = (...chunks: readonly (string | Buffer)[]) => {
  const reader = new FrameReader()
  const frames = chunks.flatMap((chunk) => reader.push(Buffer.from(chunk)))
  return { reader, frames: frames.map(({ fields, body }) => ({ fields: fields.entries(), body })) }
}

const frame = fc.record({
  fields: fc.uniqueArray(fc.tuple(fc.stringMatching(/^[A-Z][A-Za-z-]{0,12}$/), fc.stringMatching(/^[!-~]{0,20}$/)), {
    minLength: 1,
    maxLength: 5,
    selector: ([name]) => name.toLowerCase(),
  }),
  body: fc.oneof(fc.constant(''), fc.string({ unit: 'binary', maxLength: 60 })),
})
type Made = typeof frame extends fc.Arbitrary<infer T> ? T : never

const written = ({ fields, body }: Made): string => {
  const others = fields.filter(([name]) => name.toLowerCase() !== 'content-length')
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  return `${[...others.map(([name, value]) => `${name}: ${value}`), ...length, 'Content-Type: x'].join('\n')}\n\n${body}`
}

describe('messages of an event socket', () => {
  it('are a head, or a head and so many octets as it says', () => {
    const { frames, reader } = read(
      'Content-Type: auth/request\n\nContent-Type: api/response\nContent-Length: 5\n\n+OK\n1-ERR',
    )

    expect(frames).toMatchObject([
      { fields: [{ name: 'Content-Type', value: 'auth/request' }], body: '' },
      { fields: [{ value: 'api/response' }, { value: '5' }], body: '+OK\n1' },
    ])
    expect(reader.waiting).toBe('-ERR'.length)
  })

  it('count octets, not letters', () => {
    const { frames } = read('Content-Length: 4\n\nääContent-Type: b\n\n')

    expect(frames.map(({ body }) => body)).toEqual(['ää', ''])
  })

  it('may have empty lines before them', () => {
    expect(read('\n\n\nA: b\n\n').frames).toEqual([{ fields: [{ name: 'A', value: 'b' }], body: '' }])
  })

  it('may keep what stands behind the first colon, and are looked up whatever the case', () => {
    const reader = new FrameReader()
    const [first] = reader.push(Buffer.from('Reply-Text: +OK Job-UUID: 7\n\n'))

    expect(first?.fields.get('reply-text')).toBe('+OK Job-UUID: 7')
  })

  it.each(['-1', 'x', '1e3', '99999999999', '', '70000000'])('refuse a length of %j', (length) => {
    expect(() => read(`Content-Length: ${length}\n\n`)).toThrow(FramingError)
  })

  it('refuse a head without an end', () => {
    const reader = new FrameReader()
    const push = (): void => {
      for (let i = 0; i < 20; i++) reader.push(Buffer.alloc(100_000, 'a'))
    }

    expect(push).toThrow(FramingError)
  })

  it('are the same however they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(frame, { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(30), { maxLength: 40 }),
        (all, cuts) => {
          const bytes = Buffer.from(all.map(written).join(''))
          const pieces: Buffer[] = []
          let at = 0
          for (const cut of cuts) {
            pieces.push(bytes.subarray(at, at + cut))
            at += cut
          }
          pieces.push(bytes.subarray(at))
          const { frames, reader } = read(...pieces)

          expect(frames).toEqual(read(bytes).frames)
          expect(frames.map(({ body }) => body)).toEqual(all.map(({ body }) => Buffer.from(body).toString('utf8')))
          expect(reader.waiting).toBe(0)
        },
      ),
    )
  })

  it('are read or refused, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (chunks) => {
        try {
          read(...chunks.map((chunk) => Buffer.from(chunk)))
        } catch (error) {
          expect(error).toBeInstanceOf(FramingError)
        }
      }),
    )
  })
})
