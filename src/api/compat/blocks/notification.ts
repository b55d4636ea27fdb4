import type { BlockResult, EndedFacts, Notice } from '../../../apps/session/notice.ts'

/** Calls of one's own service cost nothing by the minute. The fields are there because programs read them. */
const price = { currency: 'USD', rate: '0.0000', debit: '0.0000' }

/** The form fields of a notification, in order. Fields that do not apply are left out. */
export function notificationFields(notice: Notice): readonly (readonly [name: string, value: string])[] {
  const { result, ended } = notice
  const fields: Record<string, string | undefined> = {
    ivr_block: result.block,
    call_state: notice.state,
    session: notice.session,
    txn_ref: notice.txnRef,
    tag: notice.tag,
    from: notice.from,
    to: notice.to,
    ...resultFields(result),
    ...(ended === undefined ? {} : endedFields(ended)),
  }
  return Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
}

/** `application/x-www-form-urlencoded`. */
export const notificationBody = (notice: Notice): string =>
  new URLSearchParams(Object.fromEntries(notificationFields(notice))).toString()

function resultFields(result: BlockResult): Readonly<Record<string, string | undefined>> {
  switch (result.block) {
    case 'dial':
      return { dial_status: result.status, dest: result.dest }
    case 'gather':
      return { digits: result.digits }
    case 'record':
    case 'monitor':
      return { record_url: result.recordUrl }
    case 'transfer':
      return { transfer_status: result.status, dest: result.dest, room: result.room }
    case 'answer':
    case 'play':
    case 'hold':
    case 'unhold':
    case 'hangup':
      return {}
  }
}

/** A minute that was begun counts whole. */
const endedFields = ({ at, seconds }: EndedFacts): Readonly<Record<string, string>> => ({
  date: new Date(at).toISOString().slice(0, 19).replace('T', ' '),
  duration: String(Math.ceil(seconds / 60)),
  ...price,
})
