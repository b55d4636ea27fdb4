import type { HeaderEntries } from '../message/headers.ts'
import type { Direction, LocalMedia } from '../sdp/media.ts'
import type { SessionTimer } from '../session-timer/session-timer.ts'
import type { SentRequest } from '../transaction/layer.ts'
import { readSdp } from './body.ts'
import type { DialogLink } from './dialog-link.ts'
import type { ReofferEnd } from './reoffer.ts'
import type { SessionMedia } from './session-media.ts'

export interface SendOfferHooks {
  readonly link: DialogLink
  readonly sdp: SessionMedia
  readonly timer: SessionTimer
  readonly extensions: HeaderEntries
  /** Each final answer's status, and what a failure is taken for. */
  answered(status: number): void
  /** A 2xx without a usable answer. */
  incompatible(sentence: string | undefined): void
}

/** Sends one re-INVITE with an offer, and takes the answer to its end. */
export function sendOffer(
  hooks: SendOfferHooks,
  media: LocalMedia,
  direction: Direction,
  done: (end: ReofferEnd) => void,
): void {
  const { link, sdp, timer } = hooks
  const offered = sdp.step({ kind: 'make_offer', local: media, direction })
  if (offered.kind === 'fault') {
    done({ kind: 'glare' })
    return
  }
  let acked: Promise<SentRequest> | undefined
  const refuse = (end: ReofferEnd): void => {
    sdp.step({ kind: 'offer_rejected' })
    done(end)
  }
  link.send({
    method: 'INVITE',
    headers: hooks.extensions,
    fresh: () => timer.proposal(),
    again: (response) => response.status === 422 && timer.tooSmall(response.headers),
    body: sdp.body()!,
    response: (response, invite) => {
      const { status } = response
      if (status < 200) return
      if (status >= 300) {
        refuse(
          status === 491 ? { kind: 'glare' } : { kind: 'refused', sentence: `The offer was refused with ${status}.` },
        )
        return hooks.answered(status)
      }
      if (acked !== undefined) return link.acknowledgeAgain(acked)
      link.step({ kind: 'response_received', response })
      acked = link.acknowledge(link.dialog!, invite)
      const read = readSdp(response)
      const step =
        read.kind === 'media' ? sdp.step({ kind: 'answer_received', remote: read.media, final: true }) : undefined
      if (step?.kind !== 'ok' || step.media === undefined) {
        done({ kind: 'refused', sentence: 'The offer was accepted without a usable answer.' })
        return hooks.incompatible(step?.kind === 'fault' ? step.sentence : undefined)
      }
      timer.answered(response.headers)
      sdp.local = media
      sdp.direction = direction
      done({ kind: 'agreed', media: step.media })
    },
    failed: (failure) => {
      refuse({ kind: 'refused', sentence: failure.sentence })
      hooks.answered(failure.status)
    },
  })
}
