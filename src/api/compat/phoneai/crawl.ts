import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { stepsTo } from '../../../menu/travel.ts'
import { type Address, addressKey } from '../../../phone/address.ts'
import { Problem } from '../../../phone/problem.ts'
import { allExtensions } from '../../../store/extensions.ts'
import { idOf, refOf } from '../../../store/phoneai.ts'
import { getScan, lastScanOf, type ScanRow } from '../../../store/scans.ts'
import { writes } from '../../auth.ts'
import type { Api, ApiOptions } from '../../options.ts'
import { firstNumber, isOwnCaller } from '../../own-caller.ts'
import type { ConnectionDesk, ScanDesk } from '../../ports.ts'
import { line } from '../../shapes.ts'
import { wayOf } from '../../v1/connection-way.ts'
import { bothOf, door, noPlus } from './door.ts'
import { nodeOf } from './node-ref.ts'
import { readParty, readReachable } from './party.ts'
import { isComplete, uuidOf } from './scan-rows.ts'

const text = z
  .union([line(0, 200), z.number().transform(String)])
  .nullish()
  .transform((given) => given ?? '')
const given = { number: text, caller_id: text, new: text, business_name: text }
const Make = z.object(given).partial()
const Submenu = z.object({ id: text, forwarding_number: text }).partial()

/** How long who is put through rings. */
const ringSeconds = 60

/** A refusal in the shape of the source, where its status tells that it is one. */
class CallRefused extends Error {
  override readonly name = 'CallRefused'
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** `makecall/` scans a number, `makecall_submenu/` connects somebody to a place in its menu. */
export function registerCrawls(
  app: Api,
  { store, country }: ApiOptions,
  desk: ScanDesk,
  connections: ConnectionDesk,
): void {
  const { db } = store
  const usernames = async () => new Set((await allExtensions(db)).map(({ username }) => username))

  async function makeCall(asked: z.infer<typeof Make>): Promise<ScanRow> {
    if (!asked.number) throw new CallRefused(400, 'number is required!')
    const names = await usernames()
    const to = readReachable(asked.number, names, country)
    if (to === undefined) throw new CallRefused(400, `number is no number that can be called: ${asked.number}`)
    const before = await lastScanOf(db, addressKey(to))
    if (asked.new === '0' && before !== undefined) {
      if (isComplete(before)) throw new CallRefused(409, 'crawl is completed already')
      if (before.state === 'running') throw new CallRefused(409, 'crawl is in progress')
      return desk.goOn(before.id)
    }
    const from = await callerOf(asked.caller_id ?? '', names)
    const name = asked.business_name || before?.name
    return desk.start({ to, from, ...(name ? { name, choice: { hints: [name] } } : { choice: {} }) })
  }

  async function callerOf(caller: string, names: ReadonlySet<string>): Promise<Address> {
    if (caller === '') return (await firstNumber(db)) ?? { kind: 'anonymous', raw: 'anonymous' }
    const address = readParty(caller, names, country)
    if (address !== undefined && (await isOwnCaller(db, address, names))) return address
    throw new CallRefused(400, `caller_id is neither a number that is rented here nor an extension: ${caller}`)
  }

  async function connect({ id, forwarding_number: forward }: z.infer<typeof Submenu>) {
    if (!forward) throw new CallRefused(400, 'forwarding_number is required!')
    const place = /^[1-9][0-9]{0,8}$/.test(id ?? '') ? nodeOf(await refOf(db, Number(id))) : undefined
    const scan = place === undefined ? undefined : await getScan(db, place.scan)
    const steps = scan === undefined ? undefined : stepsTo(await desk.tree(scan.id), place!.node)
    if (scan === undefined || steps === undefined) throw new CallRefused(404, 'menu not found')
    const to = readReachable(forward, await usernames(), country)
    if (to === undefined) throw new CallRefused(400, `forwarding_number names nobody who can be called: ${forward}`)
    const from = (await firstNumber(db)) ?? to
    const way = wayOf(steps)
    const made = await connections.start({ number: scan.to, to, from, way, steps, seconds: ringSeconds, record: true })
    return { dialled: addressKey(scan.to), made }
  }

  const success = (dialled: string, made: string) => ({
    dial_number: noPlus(dialled),
    status: 'success',
    call_uuid: uuidOf(made),
    message: '',
    fs_output: `+OK Job-UUID: ${uuidOf(`job ${made}`)}\n`,
  })
  const answer = async (reply: FastifyReply, work: () => Promise<object>): Promise<FastifyReply> => {
    reply.header('Cache-Control', 'no-store')
    try {
      return reply.send(await work())
    } catch (error) {
      if (!(error instanceof Problem || error instanceof CallRefused)) throw error
      return reply.code(error.status).send({ status: 'fail', message: error.message, fs_output: '' })
    }
  }

  // A GET that does something is the way of the source; HEAD is not to do the same.
  const way = { ...door(writes('scans').need), exposeHeadRoute: false }
  for (const path of bothOf('makecall')) {
    const call = (asked: z.infer<typeof Make>, reply: FastifyReply) =>
      answer(reply, async () => {
        const row = await makeCall(asked)
        // Its row in scan/ has this number from now on.
        await idOf(db, row.id)
        return success(addressKey(row.to), `${row.id} ${row.calls}`)
      })
    app.get(path, { ...way, schema: { hide: true, querystring: Make } }, (request, reply) => call(request.query, reply))
    app.post(path, { ...way, schema: { hide: true, querystring: Make, body: Make.nullish() } }, (request, reply) =>
      call(both(request.query, request.body), reply),
    )
  }

  const submenu = { ...door(writes('calls').need), exposeHeadRoute: false }
  for (const path of bothOf('makecall_submenu')) {
    const call = (asked: z.infer<typeof Submenu>, reply: FastifyReply) =>
      answer(reply, async () => {
        const { dialled, made } = await connect(asked)
        return success(dialled, made)
      })
    app.get(path, { ...submenu, schema: { hide: true, querystring: Submenu } }, (request, reply) =>
      call(request.query, reply),
    )
    app.post(
      path,
      { ...submenu, schema: { hide: true, querystring: Submenu, body: Submenu.nullish() } },
      (request, reply) => call(both(request.query, request.body), reply),
    )
  }
}

/** What the body says, and what it leaves to the query. */
function both<T extends Record<string, string | undefined>>(query: T, body: T | null | undefined): T {
  const said = Object.fromEntries(Object.entries(body ?? {}).filter(([, value]) => value !== ''))
  return { ...query, ...said }
}
