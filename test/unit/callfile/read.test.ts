import { describe, expect, it } from 'vitest'
import { isValid, readCallFile } from '../../../src/callfile/index.ts'

const minimal = 'Channel: PJSIP/1001\nApplication: Echo\n'

describe('a call file that is read', () => {
  it('has the defaults of the switch', () => {
    expect(readCallFile(minimal)).toEqual({
      channel: { technology: 'PJSIP', destination: '1001' },
      callerId: undefined,
      variables: [],
      account: undefined,
      waitTime: 45,
      retryTime: 300,
      maxRetries: 0,
      codecs: undefined,
      earlyMedia: false,
      archive: false,
      alwaysDelete: true,
      action: { kind: 'application', application: 'Echo', data: '' },
      attempts: { used: 0, running: undefined, notes: [] },
      status: undefined,
      warnings: [],
    })
  })

  it('takes keys in any case, the last of each, and all variables in order', () => {
    const read = readCallFile(
      'channel: a/1\nCHANNEL: b/2/3\nSetVar: x=1\nset: y=a=b\nMaxretries: 2\ncontext: c\nexten: e\nExtension: s\n',
    )
    expect(read.channel).toEqual({ technology: 'b', destination: '2/3' })
    expect(read.variables).toEqual([
      ['x', '1'],
      ['y', 'a=b'],
    ])
    expect(read.maxRetries).toBe(2)
    expect(read.action).toEqual({ kind: 'context', context: 'c', extension: 's', priority: 1 })
    expect(read.warnings).toEqual([{ line: 7, sentence: '"exten" is no keyword of call files, and is ignored' }])
  })

  it.each([
    ['WaitTime: 0', { waitTime: 45 }],
    ['WaitTime: ten', { waitTime: 45 }],
    ['RetryTime: -5', { retryTime: 300 }],
    ['MaxRetries: many', { maxRetries: 0 }],
    ['Channel: PJSIP', {}],
    ['Set: novalue', { variables: [] }],
  ])('warns of %j and goes on', (line, expected) => {
    const read = readCallFile(`${minimal}${line}\n`)
    expect(read).toMatchObject(expected)
    expect(read.warnings).toHaveLength(1)
    expect(read.warnings[0]?.line).toBe(3)
    expect(isValid(read)).toBe(true)
  })

  it('keeps a negative number of retries: such a file expires at once', () => {
    expect(readCallFile(`${minimal}MaxRetries: -1\n`)).toMatchObject({ maxRetries: -1, warnings: [] })
  })

  it('reads a label as priority 1, with a warning', () => {
    const read = readCallFile('Channel: a/1\nContext: c\nExtension: s\nPriority: begin\n')
    expect(read.action).toMatchObject({ priority: 1 })
    expect(read.warnings).toHaveLength(1)
  })

  it.each([
    ['Application: Echo\n', 'there is no channel'],
    ['Channel: a/\nApplication: Echo\n', 'there is no channel'],
    ['Channel: a/1\nContext: c\n', 'neither an application nor an extension'],
  ])('%j would call nobody', (contents, why) => {
    const read = readCallFile(contents)
    expect(isValid(read)).toBe(false)
    expect(read.warnings.map(({ sentence }) => sentence).join()).toContain(why)
  })

  it.each([
    ['yes', true],
    ['TRUE', true],
    ['y', true],
    ['t', true],
    ['1', true],
    ['on', true],
    ['no', false],
    ['2', false],
    ['', false],
  ])('Archive: %s is %s', (value, archive) => {
    expect(readCallFile(`${minimal}Archive: ${value}\n`).archive).toBe(archive)
  })

  it('counts attempts as the switch noted them', () => {
    const ended = `${minimal}\nStartRetry: 40 1 (1000)\n\nEndRetry: 40 1 (900)\n`
    const running = `${ended}\nStartRetry: 40 2 (2000)\n\nDelayedRetry: 40 2 (1800)\n`
    expect(readCallFile(ended).attempts).toMatchObject({ used: 1, running: undefined })
    expect(readCallFile(running).attempts).toEqual({
      used: 1,
      running: 40,
      notes: [
        { kind: 'StartRetry', pid: 40, attempt: 1, at: new Date(1_000_000) },
        { kind: 'EndRetry', pid: 40, attempt: 1, at: new Date(900_000) },
        { kind: 'StartRetry', pid: 40, attempt: 2, at: new Date(2_000_000) },
        { kind: 'DelayedRetry', pid: 40, attempt: 2, at: new Date(1_800_000) },
      ],
    })
    expect(readCallFile(`${running}\nAbortRetry: 41 2 (3000)\nRetry: by hand\n`).attempts).toMatchObject({
      used: 3,
      running: undefined,
    })
  })

  it.each(['Completed', 'Expired', 'Failed'] as const)('has the status %s once it is archived', (status) => {
    expect(readCallFile(`${minimal}Status: ${status}\n`)).toMatchObject({ status, warnings: [] })
  })

  it('has no status where it was put into the spool again, and an attempt was begun', () => {
    const again = `${minimal}StartRetry: 40 1 (1000)\nStatus: Completed\n\nAbortRetry: 41 1 (2000)\n\nStartRetry: 41 1 (2000)\n`
    expect([readCallFile(again).status, readCallFile(`${again}Status: Expired\n`).status]).toEqual([
      undefined,
      'Expired',
    ])
  })
})
