import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { newId } from '../../src/phone/id.ts'
import { openStore } from '../../src/store/store.ts'
import { insertToken, makeToken } from '../../src/store/tokens.ts'

// A service's store in a process of its own, for tests that kill it. Says `ready`, then the id of each row that is
// surely in the database. SIGTERM closes it; whatever else happens is the test's doing.
const [folder = '', databaseUrl] = process.argv.slice(2)
const scope = new Scope('store process')
const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}
let going = true
process.once('SIGTERM', () => {
  going = false
})
try {
  const store = await openStore({ dataFolder: folder, databaseUrl, scope, log: silentLogger })
  say('ready')
  while (going) {
    const now = new Date(systemClock.wall())
    const id = newId('token', now.getTime())
    await insertToken(store.db, { id, name: 'row', scopes: ['read'], createdAt: now, expiresAt: null }, makeToken())
    say(id)
  }
  await scope.close()
  say('closed')
} catch (error) {
  say(`failed: ${(error as Error).message}`)
  await scope.close()
  process.exitCode = 1
}
