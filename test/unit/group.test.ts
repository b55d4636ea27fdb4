import { describe, expect, it } from 'vitest'
import { deferred } from '../../src/base/deferred.ts'
import { Group } from '../../src/base/group.ts'

describe('a group of writes', () => {
  it('writes together what came while one was under way', async () => {
    const batches: string[][] = []
    const gate = deferred<void>()
    const group = new Group<string>((items) => {
      batches.push([...items])
      return gate.promise
    })

    const all = Promise.all(['a', 'b', 'c'].map((item) => group.add(item)))
    expect(batches).toEqual([['a']])
    gate.resolve()
    await all
    expect(batches).toEqual([['a'], ['b', 'c']])
  })

  it('tells only the one that cannot be written', async () => {
    const written: string[] = []
    const gate = deferred<void>()
    const group = new Group<string>(async (items) => {
      await gate.promise
      if (items.includes('bad')) throw new Error('not that one')
      written.push(...items)
    })

    const [, ...rest] = ['first', 'good', 'bad', 'other'].map((item) => group.add(item))
    gate.resolve()
    expect((await Promise.allSettled(rest)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(written).toEqual(['first', 'good', 'other'])
  })
})
