import type { Flow, NameAddr } from '../message/message.ts'
import type { Target } from '../transaction/layer.ts'
import type { RequestOptions, UserAgentOptions } from './options.ts'

/** Our Contact as that side can reach it. */
export function contactToward(
  advertise: UserAgentOptions['advertise'],
  toward: Target | Flow,
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
  return {
    uri: {
      scheme: 'sip',
      ...(own.user === undefined ? {} : { user: own.user }),
      host,
      ...(port === undefined ? {} : { port }),
      params: new Map(transport === 'UDP' ? [] : [['transport', transport.toLowerCase()]]),
    },
    params: own.params ?? new Map(),
  }
}
