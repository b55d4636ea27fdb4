import type { Flow, NameAddr } from '../message/message.ts'
import type { Target } from '../transaction/layer.ts'
import type { RequestOptions, UserAgentOptions } from './options.ts'

/**
 * Our Contact as that side can reach it.
 * @param secure the request went to a sips URI, so that ours must be one, too (RFC 3261 §8.1.1.8, §12.1.1)
 */
export function contactToward(
  advertise: UserAgentOptions['advertise'],
  toward: Target | Flow,
  secure: boolean,
  own: RequestOptions['contact'] = {},
): NameAddr {
  const flow = 'flow' in toward ? toward.flow : 'destinations' in toward ? undefined : toward
  const first = 'destinations' in toward ? toward.destinations[0] : undefined
  const transport = flow?.transport ?? first?.transport ?? 'UDP'
  const { host, port } = advertise({
    transport,
    remoteAddress: flow?.remoteAddress ?? first?.address ?? '',
    remotePort: flow?.remotePort ?? first?.port ?? 0,
  })
  // RFC 5630 §3.1.4: with sips the parameter `tls` says nothing.
  const sips = secure && transport === 'TLS'
  return {
    uri: {
      scheme: sips ? 'sips' : 'sip',
      ...(own.user === undefined ? {} : { user: own.user }),
      host,
      ...(port === undefined ? {} : { port }),
      params: new Map(transport === 'UDP' || sips ? [] : [['transport', transport.toLowerCase()]]),
    },
    params: own.params ?? new Map(),
  }
}
