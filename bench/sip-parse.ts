import { parseMessage, type SipMessage, serialize } from '../src/sip/index.ts'

/** CPU microseconds to read and to write one message. `node dist/bench/sip-parse.js`, or by `tsx`. */
const samples: Readonly<Record<string, string>> = {
  'INVITE, 17 headers, SDP': [
    'INVITE sip:+15550100@203.0.113.10:5060;transport=udp;user=phone SIP/2.0',
    'Via: SIP/2.0/UDP 198.51.100.7:5060;rport;branch=z9hG4bKPj5f1c0c1e-7f0a-4f6d-9a56-0b7e2f7a3f11',
    'Max-Forwards: 70',
    'From: "Ann Example" <sip:1001@example.com>;tag=4f3d2c1b-aa55-4f0e-9c3e-8f1e2d3c4b5a',
    'To: <sip:+15550100@example.com;user=phone>',
    'Contact: "Ann Example" <sip:1001@198.51.100.7:5060;ob>;+sip.ice',
    'Call-ID: 2b7f3c9e-5f1d-4e0a-8c6b-7a9d0e1f2c3b',
    'CSeq: 20871 INVITE',
    'Allow: PRACK, INVITE, ACK, BYE, CANCEL, UPDATE, INFO, SUBSCRIBE, NOTIFY, REFER, MESSAGE, OPTIONS',
    'Supported: replaces, 100rel, timer, norefersub',
    'Session-Expires: 1800',
    'Min-SE: 90',
    'User-Agent: ExamplePhone/3.14 (Linux)',
    'P-Asserted-Identity: "Ann Example" <sip:1001@example.com>',
    'Privacy: none',
    'Allow-Events: presence, message-summary, refer',
    'Content-Type: application/sdp',
    'Content-Length: 265',
    '',
    'v=0\r\no=- 3905612345 3905612345 IN IP4 198.51.100.7\r\ns=session\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\na=rtcp:4001 IN IP4 198.51.100.7\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv',
  ].join('\r\n'),
  '200 OK, 8 headers': [
    'SIP/2.0 200 OK',
    'Via: SIP/2.0/UDP 198.51.100.7:5060;received=198.51.100.7;rport=5060;branch=z9hG4bKPj5f1c0c1e',
    'From: "Ann Example" <sip:1001@example.com>;tag=4f3d2c1b',
    'To: <sip:+15550100@example.com>;tag=9f8e7d6c',
    'Call-ID: 2b7f3c9e-5f1d-4e0a-8c6b-7a9d0e1f2c3b',
    'CSeq: 20871 INVITE',
    'Contact: <sip:+15550100@203.0.113.10:5060>',
    'Server: Offhook',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n'),
}

function measure(rounds: number, work: () => unknown): number {
  for (let i = 0; i < rounds / 5; i++) work()
  const before = process.cpuUsage()
  for (let i = 0; i < rounds; i++) work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / rounds
}

function message(bytes: Buffer): SipMessage {
  const result = parseMessage(bytes)
  if (result.kind === 'fault') throw new Error(result.sentence)
  return result
}

const rounds = Number(process.argv[2] ?? 100_000)
for (const [name, text] of Object.entries(samples)) {
  const bytes = Buffer.from(text)
  const parsed = message(bytes)
  const read = measure(rounds, () => message(bytes))
  const write = measure(rounds, () => serialize(parsed))
  console.log(`${name} (${bytes.length} bytes): read ${read.toFixed(1)} us, write ${write.toFixed(1)} us`)
}
