import { describe, expect, it } from 'vitest'
import { parseAuthHeader } from '../../../src/sip/auth/auth-param.ts'
import { answerChallenge, DigestClient, pickChallenge } from '../../../src/sip/auth/client.ts'
import { digestResponse, ha1, makeCredentials } from '../../../src/sip/auth/digest.ts'
import { NonceCounts } from '../../../src/sip/auth/nonce.ts'
import { DigestVerifier } from '../../../src/sip/auth/verifier.ts'
import { FakeClock } from '../../kit/fake-clock.ts'

const login = { username: 'ann', password: 'open sesame' }
const realm = 'offhook'
const credentials = makeCredentials(login.username, realm, login.password)

describe('the response value', () => {
  const rfc7616 = {
    nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    realm: 'http-auth@example.org',
    password: 'Circle of Life',
  }
  it.each([
    {
      source: 'RFC 2617 §3.5',
      algorithm: 'MD5' as const,
      realm: 'testrealm@host.com',
      password: 'Circle Of Life',
      nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
      cnonce: '0a4f113b',
      response: '6629fae49393a05397450978507c4ef1',
    },
    {
      source: 'RFC 7616 §3.9.1, MD5',
      algorithm: 'MD5' as const,
      ...rfc7616,
      response: '8ca523f5e9506fed4657c9700eebdbec',
    },
    {
      source: 'RFC 7616 §3.9.1, SHA-256',
      algorithm: 'SHA-256' as const,
      ...rfc7616,
      response: '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    },
  ])('is that of $source', ({ algorithm, realm, password, nonce, cnonce, response }) => {
    const value = digestResponse({
      algorithm,
      ha1: ha1(algorithm, 'Mufasa', realm, password),
      method: 'GET',
      uri: '/dir/index.html',
      nonce,
      qop: { nc: '00000001', cnonce },
    })
    expect(value).toBe(response)
  })

  it('is that of RFC 2069 §2.4 (erratum 749) without qop', () => {
    const value = digestResponse({
      algorithm: 'MD5',
      ha1: ha1('MD5', 'Mufasa', 'testrealm@host.com', 'CircleOfLife'),
      method: 'GET',
      uri: '/dir/index.html',
      nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
    })
    expect(value).toBe('1949323746fe6a43ef61f9606e7febea')
  })
})

describe('a header of auth-params', () => {
  it('reads tokens and quoted strings with escapes', () => {
    const header = parseAuthHeader('Digest username="a\\"b\\\\c, d", realm = "x" ,algorithm=MD5,nc=00000001')
    expect(header?.scheme).toBe('digest')
    expect([...(header?.params ?? [])]).toEqual([
      ['username', 'a"b\\c, d'],
      ['realm', 'x'],
      ['algorithm', 'MD5'],
      ['nc', '00000001'],
    ])
  })

  it.each(['', 'Digest', 'Digest realm', 'Digest realm="x', 'Digest realm="x" nonce="y"', 'Digest a=1, A=2'])(
    'refuses %j',
    (text) => {
      expect(parseAuthHeader(text)).toBeUndefined()
    },
  )
})

function setUp(options: { algorithms?: readonly ('SHA-256' | 'MD5')[] } = {}) {
  const clock = new FakeClock()
  const verifier = new DigestVerifier({ realm, clock, nonceSeconds: 60, ...options })
  const check = (value: string, method = 'REGISTER', kept: typeof credentials | undefined = credentials) => {
    const read = verifier.read([value])
    if (read.kind !== 'proof') throw new Error(`no proof: ${JSON.stringify(read)}`)
    return verifier.verify(read.proof, method, kept)
  }
  const prove = (count = 1, password = login.password, challenges = verifier.challenge()) => {
    const challenge = pickChallenge(challenges)!
    const input = { method: 'REGISTER', uri: 'sip:offhook', count, cnonce: 'c' }
    return answerChallenge(challenge, { ...login, password }, input)
  }
  return { clock, verifier, check, prove }
}

describe('a verifier', () => {
  it.each([
    [undefined, ['MD5', 'SHA-256']],
    [['SHA-256', 'MD5'] as const, ['SHA-256', 'MD5']],
    [['SHA-256'] as const, ['SHA-256']],
  ])('given %j offers %j, in headers of their own', (algorithms, offered) => {
    const { verifier } = setUp(algorithms === undefined ? {} : { algorithms })
    const said = verifier.challenge().map((value) => parseAuthHeader(value)?.params.get('algorithm'))
    expect(said).toEqual(offered)
  })

  it.each(['SHA-256', 'MD5', 'SHA-256-sess', 'MD5-sess'])('accepts %s', (algorithm) => {
    const { verifier, check, prove } = setUp()
    const challenge = verifier.challenge()[0]!.replace('algorithm=MD5', `algorithm=${algorithm}`)
    expect(check(prove(1, login.password, [challenge]))).toEqual({ kind: 'accepted', username: 'ann' })
  })

  it('accepts a client that knows no qop, once per nonce', () => {
    const { verifier, check, prove } = setUp()
    const value = prove(1, login.password, [verifier.challenge()[0]!.replace(', qop="auth"', '')])
    expect(value).not.toContain('nc=')
    expect(check(value).kind).toBe('accepted')
    expect(check(value).kind).toBe('stale')
  })

  it.each([
    { name: 'a wrong password', run: (s: ReturnType<typeof setUp>) => s.check(s.prove(1, 'open barley')) },
    { name: 'another method', run: (s: ReturnType<typeof setUp>) => s.check(s.prove(), 'INVITE') },
    {
      name: 'an unknown user',
      run: ({ verifier, prove }: ReturnType<typeof setUp>) => {
        const read = verifier.read([prove()])
        return read.kind === 'proof' ? verifier.verify(read.proof, 'REGISTER', undefined) : read
      },
    },
    {
      name: 'an algorithm that was not offered',
      run: () => {
        const strict = setUp({ algorithms: ['SHA-256'] })
        const md5 = strict.verifier.challenge()[0]!.replace('SHA-256', 'MD5')
        return strict.check(strict.prove(1, login.password, [md5]))
      },
    },
  ])('refuses $name', ({ run }) => {
    expect(run(setUp()).kind).toBe('refused')
  })

  it('calls a right digest over an old nonce stale, and says so in the next challenge', () => {
    const { clock, verifier, check, prove } = setUp()
    const value = prove()
    clock.advance(60_000)
    expect(check(value)).toEqual({ kind: 'stale', username: 'ann' })
    expect(verifier.challenge(true)[0]).toContain('stale=true')
  })

  it('calls a nonce of another server stale when the digest is right', () => {
    const { check, prove } = setUp()
    expect(check(prove(1, login.password, setUp().verifier.challenge())).kind).toBe('stale')
  })

  it('lets nobody spell one nonce in two ways', () => {
    const { verifier, check, prove } = setUp()
    const challenge = verifier.challenge()[0]!
    const respelt = challenge.replace(/nonce="([^"]+)"/, 'nonce="$1=="')
    expect(check(prove(1, login.password, [challenge])).kind).toBe('accepted')
    expect(check(prove(1, login.password, [respelt])).kind).toBe('stale')
  })

  it('takes each nonce count once', () => {
    const { verifier, check, prove } = setUp()
    const challenges = verifier.challenge()
    const kinds = [1, 2, 2, 5, 4, 1].map((count) => check(prove(count, login.password, challenges)).kind)
    expect(kinds).toEqual(['accepted', 'accepted', 'stale', 'accepted', 'accepted', 'stale'])
  })

  it.each([
    ['Digest realm="offhook", nonce="n", uri="u", response="00000000000000000000000000000000"', '`username`'],
    ['Digest realm="offhook", username="a", nonce="n", uri="u", response="zz"', '`response`'],
    [`Digest realm="offhook", username="a", nonce="n", uri="u", response="${'0'.repeat(32)}", qop=auth`, '`nc`'],
    [`Digest realm="offhook", username="a", nonce="n", uri="u", response="${'0'.repeat(32)}", algorithm=X`, '`algor'],
    ['Digest', 'not of the form'],
  ])('names the fault in %s', (value, field) => {
    const read = setUp().verifier.read([value])
    expect(read).toMatchObject({ kind: 'fault', sentence: expect.stringContaining(field) })
  })

  it('passes over credentials for another realm', () => {
    const { verifier } = setUp()
    expect(verifier.read(['Digest realm="elsewhere", username="a"', 'Basic a=b'])).toEqual({ kind: 'none' })
  })
})

describe('nonce counts', () => {
  it('are forgotten with their nonces, and refuse new nonces when full', () => {
    const clock = new FakeClock()
    const counts = new NonceCounts({ clock, lifeSeconds: 60, limit: 2 })
    expect([counts.use('a', 1), counts.use('b', 1), counts.use('c', 1)]).toEqual([true, true, false])
    clock.advance(60_000)
    expect(counts.use('c', 1)).toBe(true)
    expect(counts.size).toBe(1)
  })

  it('are refused when they are too far behind to be remembered', () => {
    const counts = new NonceCounts({ clock: new FakeClock(), lifeSeconds: 60 })
    const used = [100, 69, 68, 10].map((count) => counts.use('n', count))
    expect(used).toEqual([true, true, false, false])
  })

  it('agree with a plain set of numbers within the window', () => {
    const counts = new NonceCounts({ clock: new FakeClock(), lifeSeconds: 60 })
    const used = new Set<number>()
    let seed = 7
    for (let i = 0; i < 3000; i++) {
      seed = (seed * 1103515245 + 12345) % 2 ** 31
      const count = Math.floor(i / 10) + (seed % 20)
      const highest = Math.max(0, ...used)
      if (highest - count >= 32) continue
      expect(counts.use('n', count)).toBe(!used.has(count))
      used.add(count)
    }
  })
})

describe('a client', () => {
  const challenge = (nonce: string, more = '') =>
    `Digest realm="r", nonce="${nonce}", algorithm=MD5, qop="auth,auth-int"${more}`

  it('picks the strongest challenge that it can answer', () => {
    const values = [
      'Basic realm="r"',
      challenge('md5'),
      'Digest realm="r", nonce="new", algorithm=SHA3-9000, qop="auth"',
      'Digest realm="r", nonce="int", algorithm=SHA-256, qop="auth-int"',
      'Digest realm="r", nonce="sha", algorithm=SHA-256, qop="auth", opaque="o"',
    ]
    expect(pickChallenge(values)).toMatchObject({ nonce: 'sha', algorithm: 'SHA-256', opaque: 'o' })
  })

  it('counts the requests of one nonce and answers server and proxy together', () => {
    const client = new DigestClient(login)
    expect(client.authorize('INVITE', 'sip:b')).toEqual([])
    expect(client.take(407, [challenge('p')], false)).toBe(true)
    expect(client.take(401, [challenge('s')], true)).toBe(true)
    const first = client.authorize('INVITE', 'sip:b')
    const second = client.authorize('INVITE', 'sip:b')
    expect(first.map(({ name }) => name)).toEqual(['Proxy-Authorization', 'Authorization'])
    expect(first[0]!.value).toContain('nc=00000001')
    expect(second[0]!.value).toContain('nc=00000002')
  })

  it('gives up when its answer was wrong, and goes on when the nonce was stale', () => {
    const client = new DigestClient(login)
    client.take(401, [challenge('a')], false)
    expect(client.take(401, [challenge('b', ', stale=TRUE')], true)).toBe(true)
    expect(client.take(401, [challenge('c')], true)).toBe(false)
  })

  it('cannot be made to write a line break', () => {
    const client = new DigestClient({ username: 'a\r\nX: y', password: '' })
    client.take(401, [challenge('a')], false)
    expect(() => client.authorize('INVITE', 'sip:b')).toThrow('control characters')
  })
})
