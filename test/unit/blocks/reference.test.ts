import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { blockStatuses } from '../../../src/apps/session/status.ts'

it('every error of the block API stands in the reference', () => {
  const reference = readFileSync(new URL('../../../docs/reference/compat.md', import.meta.url), 'utf8')
  const missing = blockStatuses.filter((status) => status !== 'success_ok' && !reference.includes(`\`${status}\``))
  expect(missing).toEqual([])
})
