import { createTransport } from 'nodemailer'

export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
  /** Two that have one are the same mail: a receiver may drop the second. Without angle brackets. */
  readonly id: string
  readonly file?: { readonly name: string; readonly path: string; readonly type: string }
}

export interface Mailer {
  /** Resolves when a server has it. @throws MailRefused; whatever else is thrown may pass */
  send(mail: Mail): Promise<void>
}

/** The server will never take it. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused'
}

/** A server that says nothing for so long is away. */
const waitMs = 30_000

/** Mail by SMTP (RFC 5321). @param url `smtp://user:password@host:587`, `smtps://…` */
export function smtpMailer(url: string, from: string): Mailer {
  const wait = { connectionTimeout: waitMs, greetingTimeout: waitMs, socketTimeout: 2 * waitMs }
  const { protocol, hostname, port, username, password } = new URL(url)
  const transport = createTransport({
    ...{ host: hostname.replace(/^\[|\]$/g, ''), secure: protocol === 'smtps:', ...wait },
    port: port === '' ? (protocol === 'smtps:' ? 465 : 587) : Number(port),
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    // What a mail attaches is a file of ours, by its path; nothing is fetched.
    disableUrlAccess: true,
  })
  return {
    async send({ to, subject, text, id, file }) {
      const attachments = file === undefined ? [] : [{ filename: file.name, path: file.path, contentType: file.type }]
      try {
        await transport.sendMail({
          ...{ from, to: { name: '', address: to }, subject, text, attachments },
          messageId: `<${id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
          // Nobody is there to be answered by a machine (RFC 3834).
          headers: { 'Auto-Submitted': 'auto-generated' },
        })
      } catch (error) {
        const status = (error as { readonly responseCode?: unknown }).responseCode
        // 5yz is for good (RFC 5321 §4.2.1), but for passwords, which somebody may put right.
        if (typeof status === 'number' && status >= 500 && status !== 535 && status !== 530)
          throw new MailRefused((error as Error).message)
        throw error
      }
    },
  }
}
