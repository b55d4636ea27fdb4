import { randomUUID } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import { type Deferred, deferred } from '../../base/deferred.ts'
import type { Logger } from '../../base/log.ts'
import type { Scope } from '../../base/scope.ts'
import type { LocalMedia, NegotiatedMedia } from '../../sip/sdp/media.ts'
import { openTransports } from '../../sip/transport/transports.ts'
import type { ServerSession } from '../../sip/user-agent/session.ts'
import { startUserAgent } from '../../sip/user-agent/start.ts'
import type { OwnAddress } from '../embedded/own-address.ts'

/** An INVITE follows at once, or never. */
const arrivalMs = 5000

export interface AudioDoorOptions {
  readonly own: OwnAddress
  /** UDP; 0 lets the kernel choose. */
  readonly port: number
  readonly clock: Clock
  readonly scope: Scope
  readonly log: Logger
}

/** Where the audio of one channel comes in and goes out. */
export interface AudioWay {
  /** What FreeSWITCH is to call, such as `6f1…@192.0.2.4:8084`. */
  readonly address: string
  /** Resolves when it has called; rejects where it does not, or where both sides speak nothing in common. */
  readonly media: Promise<NegotiatedMedia>
  /** Hangs up, or refuses what comes later. */
  close(): void
}

interface Expected {
  readonly media: LocalMedia
  readonly agreed: Deferred<NegotiatedMedia>
  onChange(media: NegotiatedMedia): void
  session: ServerSession | undefined
}

/**
 * Audio of FreeSWITCH's channels comes by SIP: it calls a name that nobody else knows, and is answered. That is what every FreeSWITCH can
 * do without a module of its own; its `unicast` sends no RTP.
 */
export class AudioDoor {
  readonly #options: AudioDoorOptions
  readonly #port: number
  readonly #expected = new Map<string, Expected>()

  private constructor(options: AudioDoorOptions, port: number) {
    this.#options = options
    this.#port = port
  }

  /** @throws TransportError where the port is taken */
  static async open(options: AudioDoorOptions): Promise<AudioDoor> {
    const { own, clock, log, port: wanted } = options
    const scope = options.scope.child('audio of FreeSWITCH')
    const transports = await openTransports({
      ...{ address: own.bind, port: wanted, transports: ['UDP'] as const, clock, scope, log },
    })
    const port = transports.all[0]?.localPort ?? wanted
    const door = new AudioDoor(options, port)
    scope.add('audio that is expected', () => {
      for (const { agreed } of door.#expected.values()) agreed.reject(new Error('the service is stopping'))
    })
    startUserAgent({
      ...{ transports, clock, scope, log, name: 'Offhook' },
      advertise: ({ remoteAddress }) => ({ host: own.towards(remoteAddress), port }),
      handlers: {
        // Nobody is challenged, nobody is told what would be taken: the name is all that is known to FreeSWITCH alone.
        admit: ({ request }) => request.method === 'INVITE',
        invite: (session) => door.#come(session),
      },
    })
    return door
  }

  /** Calls that are up or expected. */
  get size(): number {
    return this.#expected.size
  }

  /**
   * @param far address of FreeSWITCH
   * @param onChange it wants the audio at another place
   */
  expect(far: string, media: LocalMedia, onChange: (media: NegotiatedMedia) => void): AudioWay {
    const name = randomUUID()
    const agreed = deferred<NegotiatedMedia>()
    const expected: Expected = { media, agreed, onChange, session: undefined }
    this.#expected.set(name, expected)
    const timer = this.#options.clock.after(arrivalMs, () =>
      agreed.reject(new Error(`FreeSWITCH did not bring the audio within ${arrivalMs / 1000} s`)),
    )
    agreed.promise.then(
      () => timer.stop(),
      () => timer.stop(),
    )
    const host = this.#options.own.towards(far)
    return {
      address: `${name}@${host.includes(':') ? `[${host}]` : host}:${this.#port}`,
      media: agreed.promise,
      close: () => {
        this.#expected.delete(name)
        agreed.reject(new Error('the call is over'))
        expected.session?.hangup()
      },
    }
  }

  #come(session: ServerSession): void {
    const { uri } = session.request
    const expected = this.#expected.get('user' in uri ? (uri.user ?? '') : '')
    if (expected === undefined || expected.session !== undefined) {
      this.#options.log.debug({ callId: session.callId }, 'a call for audio that was not asked for is refused')
      session.reject(404)
      return
    }
    expected.session = session
    let first = true
    session.handlers = {
      media: (media) => {
        if (first) expected.agreed.resolve(media)
        else expected.onChange(media)
        first = false
      },
      // Keys go with the audio.
      digit() {},
      ended: ({ how, status }) =>
        expected.agreed.reject(
          new Error(`the call for its audio ended: ${how}${status === undefined ? '' : ` ${status}`}`),
        ),
    }
    session.accept(expected.media)
  }
}
