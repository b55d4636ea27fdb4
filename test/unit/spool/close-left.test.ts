import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { closeLeft } from '../../../src/main/spool/call-file-on-disk.ts'

let doneDir: string
beforeAll(() => {
  doneDir = mkdtempSync(join(tmpdir(), 'done-'))
})
afterAll(() => rmSync(doneDir, { recursive: true }))

it('what a killed service left is archived, one file that cannot be notwithstanding', async () => {
  const closing = join(doneDir, '.Completed')
  mkdirSync(join(closing, 'a-folder'), { recursive: true })
  writeFileSync(join(closing, 'b.call'), 'Channel: PJSIP/1001\n')

  expect(await closeLeft(doneDir)).toMatchObject([{ name: 'a-folder', fault: { code: 'EISDIR' } }, { name: 'b.call' }])
  expect(readFileSync(join(doneDir, 'b.call'), 'utf8')).toBe('Channel: PJSIP/1001\nStatus: Completed\n')
  expect(readdirSync(closing)).toEqual(['a-folder'])
})
