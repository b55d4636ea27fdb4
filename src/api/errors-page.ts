import { problems } from '../phone/problem.ts'
import { escapeHtml, htmlPage, pageSecurity } from './html.ts'
import type { Api } from './options.ts'

/** Where the `type` of a problem leads: one entry per code, from the same table. */
export function errorsPage(): string {
  const entries = Object.entries(problems).map(
    ([code, facts]) =>
      `<dt id="${escapeHtml(code)}"><code>${escapeHtml(code)}</code></dt>
<dd>HTTP ${facts.status}${'sip' in facts ? `, SIP ${facts.sip}` : ''}. ${escapeHtml(facts.title)}</dd>`,
  )
  return htmlPage(
    'Errors',
    `<p>Every refusal is a problem document (RFC 9457). Its <code>code</code> is stable and one of these; its
<code>detail</code> says what was wrong in the case at hand, and <code>errors</code> names every field that was refused.</p>
<dl>
${entries.join('\n')}
</dl>`,
  )
}

export function registerErrorsPage(app: Api): void {
  const text = errorsPage()
  app.get('/docs/errors', { schema: { hide: true }, config: { need: 'public' } }, async (_request, reply) =>
    reply.header('Content-Security-Policy', pageSecurity).type('text/html; charset=utf-8').send(text),
  )
}
