import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import {
  Application,
  Call,
  CallFile,
  type CallFileProgress,
  type CallOptions,
  Context,
  readCallFile,
  Spool,
} from '../../src/callfile/index.ts'
import { Asterisk } from '../kit/asterisk/asterisk.ts'
import { hasAsterisk } from '../kit/asterisk/root.ts'
import { eventually } from '../kit/eventually.ts'

// Local channels call the dialplan itself: whoever answers there is the callee.
const dialplan = `
[callee]
exten => answers,1,Answer()
 same => n,Wait(30)
exten => slow,1,Wait(1)
 same => n,Answer()
 same => n,Wait(30)
exten => busy,1,Hangup(17)
exten => never,1,Wait(30)
exten => second,1,GotoIf($["\${GLOBAL(tries)}" != ""]?again)
 same => n,Set(GLOBAL(tries)=1)
 same => n,Hangup(17)
 same => n(again),Answer()
 same => n,Wait(30)
[notes]
exten => s,1,Set(i=0)
 same => n,While($[\${i} < \${count}])
 same => n,Set(FILE(FOLDER/out/\${job},,,al,u)=\${BASE64_ENCODE(\${v\${i}})})
 same => n,Set(i=$[\${i} + 1])
 same => n,EndWhile()
 same => n,Set(FILE(FOLDER/out/\${job}.done,,,al,u)=\${CALLERID(all)}|\${CHANNEL(accountcode)})
`

const scope = new Scope('call files')
let asterisk: Asterisk
let spool: Spool
let jobs = 0

/** Puts a file for a callee of the dialplan; the file is kept at its end unless said otherwise. */
async function put(callee: string, call: CallOptions = {}, options: { at?: Date; archive?: boolean } = {}) {
  const job = `job-${++jobs}`
  const variables = [...((call.variables ?? []) as [string, string][]), ['job', job] as const]
  const file = new CallFile(new Call(`Local/${callee}@callee/n`, { ...call, variables }), new Context('notes', 's'), {
    ...{ archive: options.archive ?? true, spoolDir: spool.spoolDir, filename: `${job}.call` },
  })
  return { job, ...(await file.spool(options.at)) }
}

async function story(filename: string): Promise<string[]> {
  const told: CallFileProgress[] = []
  for await (const progress of spool.follow(filename)) told.push(progress)
  return told.map((progress) =>
    progress.kind === 'note'
      ? progress.note.kind
      : `${progress.kind} ${'status' in progress ? progress.status : ''}`.trim(),
  )
}

/** What the dialplan saw in the variables v0, v1 … */
async function seen(job: string): Promise<string[]> {
  await eventually(
    () => existsSync(asterisk.path(`out/${job}.done`)),
    (there) => there,
  )
  const lines = readFileSync(asterisk.path(`out/${job}`), 'utf8').split('\n')
  return lines.slice(0, -1).map((line) => Buffer.from(line, 'base64').toString('utf8'))
}

const numbered = (values: readonly string[]): [string, string][] => [
  ...values.map((value, i): [string, string] => [`v${i}`, value]),
  ['count', String(values.length)],
]

describe.runIf(hasAsterisk())('call files, judged by a real Asterisk', () => {
  beforeAll(async () => {
    asterisk = await Asterisk.start({ scope, config: { 'extensions.conf': dialplan } })
    spool = new Spool({ spoolDir: asterisk.spoolDir, doneDir: asterisk.doneDir })
  })
  afterAll(() => scope.close())

  it('awkward values arrive as they were meant', async () => {
    const values = [
      ...[
        'plain',
        'semi;colon',
        ';',
        ';;',
        'back\\slash',
        'back\\;both',
        'end\\',
        '#hash',
        'a#b',
        '##',
        'a=b',
        '=',
        '==x',
      ],
      ...[
        '"quoted"',
        "it's",
        'Zoë Ünïcode ☎',
        'a\tb',
        'comma,comma',
        '$' + '{HACK}',
        '$[1+1]',
        '%',
        '<tag>',
        ':',
        'x'.repeat(240),
      ],
    ]
    const { job } = await put('answers', {
      variables: numbered(values),
      callerId: '"Ann; Test" <15550100>',
      account: 'a;b',
    })
    expect(await seen(job)).toEqual(values)
    expect(readFileSync(asterisk.path(`out/${job}.done`), 'utf8').trim()).toBe('"Ann; Test" <15550100>|a;b')
  })

  it('lines are read as Asterisk reads them', async () => {
    const lines = [
      ...[
        'a #b',
        'a\t#b',
        'a#b',
        '#',
        'a;b',
        'a\\;b;c',
        'a\\\\;b',
        '\\;',
        ' blank ',
        'tab\t',
        '',
        'a: b',
        'a\\',
        '\\;\\;;x',
        ';;',
      ],
      ...['x'.repeat(246), 'x'.repeat(247), 'x'.repeat(248), 'y'.repeat(260), `${'z'.repeat(250)}Set: v0=not this`],
    ]
    const text = [
      'channel:Local/answers@callee/n',
      ...lines.map((line, i) => `SET: v${i}=${line}`),
      ...[
        `Setvar: count=${lines.length}`,
        'Set: job=raw',
        'Context: notes',
        'Extension: s',
        'priority: begin',
        'Nonsense: 1',
        'no colon',
      ],
    ].join('\r\n')
    const draft = asterisk.path('spool/tmp/raw.call')
    writeFileSync(draft, text)
    renameSync(draft, join(spool.spoolDir, 'raw.call'))

    const read = new Map(readCallFile(text).variables)
    const saw = await seen('raw')
    expect(saw).toEqual(lines.map((_, i) => read.get(`v${i}`)))
  })

  it.each([
    ['answers', {}, ['StartRetry', 'ended Completed']],
    ['busy', { maxRetries: 1, retryTime: 1 }, ['StartRetry', 'EndRetry', 'StartRetry', 'ended Expired']],
    ['second', { maxRetries: 3, retryTime: 1 }, ['StartRetry', 'EndRetry', 'StartRetry', 'ended Completed']],
    ['never', { waitTime: 1 }, ['StartRetry', 'ended Expired']],
  ] as const)('the callee %s: %j is told as it goes', async (callee, options, told) => {
    const { filename } = await put(callee, options)
    expect(await story(filename)).toEqual(told)
  })

  it('a file that is not archived is gone, and its end is not known', async () => {
    const { filename } = await put('slow', {}, { archive: false })
    expect((await story(filename)).at(-1)).toBe('removed')
  })

  it('a call at a time is not made before it', async () => {
    const { job, due } = await put('answers', { variables: numbered(['on time']) }, { at: new Date(Date.now() + 1500) })
    expect(await spool.list()).toMatchObject([{ state: 'scheduled', due }])
    await seen(job)
    expect(statSync(asterisk.path(`out/${job}`)).mtimeMs).toBeGreaterThanOrEqual(due.getTime())
  })

  it('a call that was taken back is not made', async () => {
    const { job, filename } = await put('answers', {}, { at: new Date(Date.now() + 1000) })
    await spool.cancel(filename)
    const later = await put('answers', { variables: numbered(['later']) }, { at: new Date(Date.now() + 2000) })
    await seen(later.job)
    expect(existsSync(asterisk.path(`out/${job}.done`))).toBe(false)
  })

  it('an application is run', async () => {
    const action = new Application('System', `touch ${asterisk.inside('out/touched')}`)
    await new CallFile(new Call('Local/answers@callee/n'), action, { spoolDir: spool.spoolDir }).spool()
    expect(
      await eventually(
        () => existsSync(asterisk.path('out/touched')),
        (there) => there,
      ),
    ).toBe(true)
  })

  it('nothing went wrong inside', () => {
    const faults = asterisk
      .log()
      .split('\n')
      .filter((line) => /ERROR/.test(line))
    expect(faults).toEqual([])
  })
})
