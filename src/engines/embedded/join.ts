import { deferred } from '../../base/deferred.ts'
import type { PlayItem } from '../../media/plane.ts'
import type { Address } from '../../phone/address.ts'
import type { CallId } from '../../phone/id.ts'
import { Problem } from '../../phone/problem.ts'
import type { Prompt } from '../../phone/prompt.ts'
import type { JoinOptions, RoomEvent, RoomLeave, RoomName } from '../../phone/room.ts'
import type { BlockContext } from './block.ts'
import { holdMusic } from './hold-music.ts'
import { matchKeys } from './key-match.ts'
import type { Rooms } from './rooms.ts'

/** Who joins. */
export interface Joiner {
  readonly id: CallId
  readonly party: Address
  readonly rooms: Rooms
}

/** In the room until it is left, however that comes; a call that ends leaves it, too. */
export async function join(
  context: BlockContext,
  { id, party, rooms }: Joiner,
  name: RoomName,
  options: JoinOptions,
): Promise<RoomLeave> {
  check(name, options)
  const { clock, leg, note } = context
  const prepare = (prompt: Prompt | undefined): Promise<readonly PlayItem[]> =>
    prompt === undefined ? Promise.resolve([]) : context.prepare(prompt)
  const { enterSound, exitSound, waitMusic } = options
  const [atEntry, atExit, waiting, held] = await context.alive(
    Promise.all([enterSound, exitSound, waitMusic, waitMusic ?? holdMusic].map(prepare)),
  )
  if (context.stopped.aborted) return { room: name, end: 'stopped', seconds: 0 }
  const since = clock.now()
  const over = deferred<RoomLeave['end']>()
  let pressed = ''
  const forgetKeys = leg.onKey((key) => {
    if (key === '*' && options.hangupOnStar === true) over.resolve('key')
    // Keys that are sounds are heard by all anyway.
    else if (options.relayKeys === true && leg.near.telephoneEvent !== false) stay.room.relay(id, key)
    const match = matchKeys(options.keys ?? [], pressed, key)
    pressed = match.pressed
    if (match.matched !== undefined) stay.room.keys(id, match.matched)
  })
  const onEvent = (event: RoomEvent): void => {
    const line = lineOf(event, id, name)
    if (line !== undefined) note('room', line, { room: name })
  }
  const stop = (): void => over.resolve('stopped')
  context.stopped.addEventListener('abort', stop)
  const stay = rooms.enter(name, {
    call: id,
    party,
    stream: leg.stream,
    enterSound: atEntry ?? [],
    exitSound: atExit ?? [],
    waitMusic: waiting ?? [],
    holdMusic: held ?? [],
    options: {
      ...options,
      onEvent: (event, room) => {
        onEvent(event)
        options.onEvent?.(event, room)
      },
    },
  })
  stay.left.then((end) => over.resolve(end), over.reject)
  try {
    const end = await context.alive(over.promise)
    return { room: name, end, seconds: Math.round((clock.now() - since) / 1000) }
  } finally {
    context.stopped.removeEventListener('abort', stop)
    forgetKeys()
    stay.room.leave(id)
  }
}

function lineOf(event: RoomEvent, self: CallId, name: RoomName): string | undefined {
  switch (event.kind) {
    case 'started':
      return `the conference ${name} has begun`
    case 'ended':
      return `the conference ${name} has ended`
    case 'entered':
      return event.member === self ? `joined the conference ${name}, ${event.members} in it` : undefined
    case 'left':
      return event.member === self ? `left the conference ${name}` : undefined
    case 'changed': {
      if (event.member !== self) return undefined
      const rights = (['muted', 'deaf', 'held'] as const).filter((right) => event[right])
      return `is ${rights.length === 0 ? 'heard and hears all' : rights.join(' and ')} in the conference ${name}`
    }
    case 'keys':
      return event.member === self ? `pressed ${event.keys} in the conference ${name}` : undefined
    case 'speaking':
    case 'silent':
      return undefined
  }
}

/** @throws Problem `invalid_request` naming the field */
function check(name: RoomName, { maxMembers, maxSeconds }: JoinOptions): void {
  if (!/^[^\x00-\x1f\x7f]{1,128}$/.test(name))
    refuse('/room', 'The name of a room has 1 to 128 characters, none of them a control character.')
  if (maxMembers !== undefined && !(Number.isInteger(maxMembers) && maxMembers >= 1 && maxMembers <= 200))
    refuse('/maxMembers', `maxMembers is ${maxMembers}, but a room holds 1 to 200.`)
  if (maxSeconds !== undefined && !(maxSeconds >= 1 && maxSeconds <= 86_400))
    refuse('/maxSeconds', `maxSeconds is ${maxSeconds}, but a room lasts 1 to 86400 seconds.`)
}

function refuse(field: string, sentence: string): never {
  throw new Problem('invalid_request', sentence, [{ field, sentence }])
}
