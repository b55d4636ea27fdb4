import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deferred } from '../../src/base/deferred.ts'
import { Scope } from '../../src/base/scope.ts'
import { called, type OpenDocuments, openDocuments } from './documents-kit.ts'

describe('a URL of documents that takes a request and says nothing', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let here: OpenDocuments

  beforeAll(async () => {
    here = await openDocuments(scope)
  })
  afterAll(() => scope.close())

  /** @returns its URL, and when it was asked and left alone */
  async function openSilent() {
    const [asked, left] = [deferred<void>(), deferred<void>()]
    const server = createServer((request) => {
      asked.resolve()
      request.socket.once('close', () => left.resolve())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    scope.add('a silent server', () => {
      server.closeAllConnections()
      server.close()
    })
    const { port } = server.address() as AddressInfo
    return { url: `http://127.0.0.1:${port}/`, asked: asked.promise, left: left.promise }
  }

  it('keeps no call from being sent elsewhere', async () => {
    const { program, documents } = here
    const silent = await openSilent()
    const { phone } = await called(here, 'waits', `<Redirect>${silent.url}</Redirect>`)
    phone.answered.catch(() => 'it is refused by where it is sent')
    const { CallUUID } = await program.until('/waits')
    await silent.asked

    const moved = await documents.rest('POST', `Call/${CallUUID}/`, {
      aleg_url: program.at('/elsewhere', '<Hangup reason="busy"/>'),
    })

    expect(moved.status).toBe(202)
    expect(await phone.ended).toMatchObject({ status: 486 })
    await silent.left
  })

  it('is left alone, and no fallback asked, once the caller has hung up', async () => {
    const { program, documents, house } = here
    const silent = await openSilent()
    const number = await documents.numberOf(silent.url, {
      fallback_answer_url: program.at('/instead', '<Hangup/>'),
      hangup_url: program.at('/over', ''),
    })
    const phone = (await house.phone(house.stranger())).call(number)
    phone.answered.catch(() => 'nobody answers')
    await silent.asked

    phone.hangup()

    await silent.left
    await program.until('/over')
    expect(program.asked('/instead')).toEqual([])
  })
})
