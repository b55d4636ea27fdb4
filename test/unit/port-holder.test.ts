import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { describePortHolder, findPortHolder, readTable } from '../../src/base/port-holder.ts'

describe('readTable', () => {
  const text = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:13C4 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0',
    '   1: 0100007F:13C4 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0 0 10 0',
  ].join('\n')

  test('finds the one that listens, not the one that talks', () => {
    expect(readTable(text, 'tcp')).toEqual([{ address: '127.0.0.1', port: 5060, inode: '4711' }])
  })

  test('reads IPv6', () => {
    const six = [
      'head',
      '  0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 5 1',
      '  1: B80D0120000000000000000001000000:1F91 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 6 1',
    ].join('\n')
    expect(readTable(six, 'tcp')).toEqual([
      { address: '::', port: 8080, inode: '5' },
      { address: '2001:db8::1', port: 8081, inode: '6' },
    ])
  })
})

describe.runIf(process.platform === 'linux')('findPortHolder', () => {
  test('names this very process for a TCP port', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const holder = await findPortHolder('tcp', '0.0.0.0', port)
    expect(holder).toMatchObject({ pid: process.pid, address: '127.0.0.1', port })
    expect(describePortHolder(holder!)).toMatch(new RegExp(`^process ${process.pid} \\(.+\\)$`))
    expect(await findPortHolder('tcp', '127.0.0.2', port)).toBeUndefined()
    expect(await findPortHolder('udp', '127.0.0.1', port)).toBeUndefined()
    server.close()
    await once(server, 'close')
    expect(await findPortHolder('tcp', '0.0.0.0', port)).toBeUndefined()
  })

  test('names this very process for a UDP port', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const holder = await findPortHolder('udp', '127.0.0.1', socket.address().port)
    expect(holder).toMatchObject({ pid: process.pid, protocol: 'udp' })
    socket.close()
  })
})
