import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { deferred } from '../../src/base/deferred.ts'
import type { Scope } from '../../src/base/scope.ts'
import type { Certificate } from './authority.ts'

export interface ReceivedMail {
  readonly to: readonly string[]
  readonly from: string
  /** Whether it came by TLS. */
  readonly secure: boolean
  /** With its header, as it came. */
  readonly text: string
}

/** A server for mail on loopback that wants the name `phone` and the password `se:cret`, and keeps what it gets. */
export interface MailServer {
  /** As OFFHOOK_SMTP_URL has it, with name and password. */
  readonly url: string
  readonly received: ReceivedMail[]
  /** What it says to RCPT; unless set, it takes it. */
  refuse: { readonly code: number; readonly sentence: string } | undefined
  /** The next that comes, or came and was not asked for yet. */
  next(): Promise<ReceivedMail>
}

/** @param tls `whole`: TLS from the first octet; `starttls`: once it is asked for, and no password before that. Plain unless given. */
export async function startMailServer(
  scope: Scope,
  tls?: { readonly way: 'whole' | 'starttls'; readonly certificate: Certificate },
): Promise<MailServer> {
  const waiting: ((mail: ReceivedMail) => void)[] = []
  let handed = 0
  const server = new SMTPServer({
    ...(tls === undefined
      ? { disabledCommands: ['STARTTLS'], allowInsecureAuth: true }
      : {
          ...{ secure: tls.way === 'whole', allowInsecureAuth: false },
          ...{ key: readFileSync(tls.certificate.key), cert: readFileSync(tls.certificate.cert) },
        }),
    onAuth: ({ username, password }, _session, done) =>
      username === 'phone' && password === 'se:cret'
        ? done(null, { user: username })
        : done(Object.assign(new Error('Wrong password'), { responseCode: 535 })),
    onRcptTo: (_address, _session, done) => {
      const { refuse } = mails
      done(refuse === undefined ? null : Object.assign(new Error(refuse.sentence), { responseCode: refuse.code }))
    },
    onData: (stream, session, done) => {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.once('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        const from = mailFrom === false ? '' : mailFrom.address
        const to = rcptTo.map(({ address }) => address)
        const mail = { to, from, secure: session.secure, text: Buffer.concat(parts).toString('latin1') }
        mails.received.push(mail)
        const next = waiting.shift()
        if (next !== undefined) {
          handed++
          next(mail)
        }
        done()
      })
    },
  })
  // A client that does not trust it hangs up in the middle of the handshake.
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  scope.add('mail server', () => new Promise<void>((resolve) => void server.close(() => resolve())))
  const scheme = tls?.way === 'whole' ? 'smtps' : 'smtp'
  const mails: MailServer = {
    url: `${scheme}://phone:se%3Acret@127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    ...{ received: [], refuse: undefined },
    next() {
      const come = mails.received[handed]
      if (come !== undefined) {
        handed++
        return Promise.resolve(come)
      }
      const next = deferred<ReceivedMail>()
      waiting.push(next.resolve)
      return next.promise
    },
  }
  return mails
}

/** What is attached to a mail, decoded; nothing where nothing is. */
export function attachedTo({ text }: ReceivedMail): Buffer {
  const [, body = ''] =
    /Content-Transfer-Encoding: base64\r\n[\s\S]*?\r\n\r\n([A-Za-z0-9+/=\r\n]+)\r\n--/.exec(text) ?? []
  return Buffer.from(body, 'base64')
}
