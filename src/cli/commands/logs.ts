import type { Command } from 'commander'
import { answers, type Context } from '../context.ts'
import { drawLadder } from '../ladder.ts'
import { plain, table } from '../output.ts'
import { callShape, type ShownCall, showAddress } from '../shapes.ts'
import { shownTime } from './calls.ts'

export function addLogs(program: Command, context: Context): void {
  const logs = program
    .command('logs')
    .description('the story of one call: what happened, how it ended, and its SIP ladder')
    .argument('<call>', 'its id, e.g. call_01k…')
  answers(
    logs,
    context,
    (client, id = '') => client.get(`/v1/calls/${encodeURIComponent(id)}`, callShape),
    describeCall,
  )
}

export function describeCall(call: ShownCall): string {
  const timeline = (call.timeline ?? []).map(({ at, kind, text, data }) => ({ at, kind, text, data: data ?? null }))
  const story = timeline.filter(({ kind }) => kind !== 'sip_in' && kind !== 'sip_out')
  // A message that came before the call was made of it is part of its story.
  const start = Math.min(Date.parse(call.startedAt), ...timeline.map(({ at }) => Date.parse(at)))
  const sections = [
    [
      `${plain(call.id)}  ${shownTime(call.startedAt)}  ${showAddress(call.from)} → ${showAddress(call.to)}  ${plain(call.state)}`,
    ],
    story.length === 0
      ? ['Nothing was noted about this call.']
      : [
          table(
            story.map(({ at, kind, text }) => [
              `${((Date.parse(at) - start) / 1000).toFixed(3)} s`.padStart(10),
              kind,
              text,
            ]),
          ),
        ],
    describeEnd(call),
    drawLadder(timeline, start),
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

/** The last sentence and, where more than that led to it, the chain. */
function describeEnd({ end }: ShownCall): string[] {
  if (end == null) return []
  const chain = end.chain ?? []
  const links =
    chain.length < 2
      ? []
      : chain.map(
          (link) =>
            `  ${[link.target, link.code]
              .filter((word) => word != null)
              .map((word) => plain(word))
              .join(' ')}: ${plain(link.sentence)}`,
        )
  return [`Ended by ${plain(end.by)} (${plain(end.code)}): ${plain(end.sentence)}`, ...links]
}
