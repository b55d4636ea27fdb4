import { sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { Bus } from '../../src/base/bus.ts'
import { deferred } from '../../src/base/deferred.ts'
import { documentRecordings } from '../../src/main/document-recordings.ts'
import { Mp3Files } from '../../src/main/mp3-files.ts'
import { RoomRecordings } from '../../src/main/room-recordings.ts'
import type { Recording } from '../../src/phone/call.ts'
import type { ServiceEvent } from '../../src/phone/event.ts'
import { newId } from '../../src/phone/id.ts'
import { testDatabase } from '../kit/database.ts'
import { FakeClock } from '../kit/fake-clock.ts'
import { NotedLog } from '../kit/noted-log.ts'

it('a recording of a conference whose end cannot be written down is in the log, though nobody waits for it', async () => {
  const database = await testDatabase()
  const { store } = database
  const [log, clock] = [new NotedLog(), new FakeClock()]
  const shelf = documentRecordings({
    ...{ store, clock, bus: new Bus<ServiceEvent>(() => {}), publicUrl: () => 'http://phone.test', linkDays: 1 },
    mp3s: new Mp3Files({ store, log }),
  })
  const over = deferred<Recording>()
  const room = {
    id: newId('room', 0),
    name: 'team',
    record: async ({ id }: Pick<Recording, 'id'>) => ({ id, done: over.promise, stop: () => {} }),
  }

  const begun = await new RoomRecordings(shelf, clock, log).start(room, 'wav')
  await store.db.execute(sql`drop table recordings cascade`)
  const { recording: id = newId('recording', 0), path = '' } = begun ?? {}
  over.resolve({ id, path, ms: 1000, speechMs: 0, end: 'hangup' })

  await expect(begun?.done).rejects.toThrow()
  expect(log.lines).toMatchObject([{ level: 'error', fields: { room: 'team', recording: id } }])
  await database.close()
})
