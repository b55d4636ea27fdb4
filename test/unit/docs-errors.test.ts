import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { problems } from '../../src/phone/problem.ts'
import { endCodes } from '../../src/phone/reason.ts'

const page = (name: string): string => readFileSync(new URL(`../../docs/reference/${name}`, import.meta.url), 'utf8')

describe('the reference', () => {
  it('has every error with its statuses, and no other', () => {
    const rows = Object.entries(problems).map(([code, facts]) => {
      const sip = 'sip' in facts ? String(facts.sip) : ''
      return `| <a id="${code}"></a>\`${code}\` | ${facts.status} | ${sip} | ${facts.title} |`
    })

    expect(
      page('errors.md')
        .split('\n')
        .filter((line) => line.startsWith('| <a')),
    ).toEqual(rows)
  })

  it('explains every way in which a call can end', () => {
    const explained = [...page('api.md').matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(
      (row) => row[1]!.match(/[a-z_]+/g) ?? [],
    )

    expect(explained.sort()).toEqual(Object.keys(endCodes).sort())
  })
})
