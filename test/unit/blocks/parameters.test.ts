import { describe, expect, it } from 'vitest'
import { readCredentials, readDial, readNext, readSession } from '../../../src/api/compat/blocks/parameters.ts'
import { BlockRefused } from '../../../src/apps/session/status.ts'

const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof BlockRefused) return error.code
    throw error
  }
  return 'success_ok'
}
const notify_url = 'http://app.test/hook?app_state=gather'

describe('parameters of a block', () => {
  it.each([
    ['error_app_id_param_missing', () => readCredentials({ access_token: 'x' })],
    ['error_app_id_param_missing', () => readCredentials({ app_id: '', access_token: 'x' })],
    ['error_access_token_param_missing', () => readCredentials({ app_id: 'x' })],
    ['error_session_param_missing', () => readSession({})],
    ['error_invalid_session', () => readSession({ session: 'S1234' })],
    ['error_dest_param_missing', () => readDial({})],
    ['error_dest_param_missing', () => readNext('transfer', { dest: ' ' })],
    ['error_notify_url_param_missing', () => readNext('gather', {})],
    ['error_notify_url_param_missing', () => readNext('record', {})],
    ['error_notify_url_param_missing', () => readNext('monitor', { monitor_notify_url: notify_url })],
    ['error_tag_invalid_length', () => readNext('play', { tag: 'x'.repeat(257) })],
    ['error_invalid_notify_url', () => readNext('play', { notify_url: 'app.test/hook' })],
    ['error_invalid_notify_url', () => readNext('play', { notify_url: 'ftp://app.test/hook' })],
    ['error_invalid_notify_url', () => readNext('play', { notify_url: `http://app.test/${'x'.repeat(4000)}` })],
    ['error_invalid_notify_url', () => readNext('monitor', { notify_url, monitor_notify_url: 'x' })],
    ['error_invalid_max_digits', () => readNext('gather', { notify_url, max_digits: '256' })],
    ['error_invalid_max_digits', () => readNext('gather', { notify_url, max_digits: '-1' })],
    ['error_invalid_max_digits', () => readNext('gather', { notify_url, max_digits: 'two' })],
    ['error_invalid_timeout', () => readNext('gather', { notify_url, timeout: '0' })],
    ['error_invalid_attempts', () => readNext('gather', { notify_url, attempts: '0' })],
    ['error_invalid_max_duration', () => readNext('record', { notify_url, max_duration: '0' })],
    ['error_invalid_max_duration', () => readNext('record', { notify_url, max_duration: '7201' })],
    ['error_invalid_max_duration', () => readDial({ dest: '+6511111111', max_duration: '1.5' })],
    ['error_on_failure_invalid', () => readNext('transfer', { dest: '+6511111111', on_failure: 'retry' })],
    ['error_invalid_room', () => readNext('transfer', { dest: 'room:a b' })],
    ['error_malformed_params', () => readNext('hangup', { force: 'yes' })],
    ['error_malformed_params', () => readNext('hangup', { force: 'enabled', msg: 'Bye' })],
    ['error_malformed_params', () => readDial({ dest: '+6511111111', ringtime: '0' })],
    ['error_msg_empty', () => readNext('play', { msg: '' })],
  ] as const)('are refused: %s', (code, read) => {
    expect(codeOf(read)).toBe(code)
  })

  it('have the defaults of the source', () => {
    expect(readNext('gather', { notify_url })).toEqual({
      kind: 'gather',
      notifyUrl: notify_url,
      maxDigits: 0,
      timeoutSeconds: 15,
      attempts: 1,
    })
    expect(readNext('record', { notify_url })).toMatchObject({ maxSeconds: 120 })
    expect(readNext('transfer', { dest: 'room:' })).toEqual({ kind: 'transfer', dest: 'room:', onFailure: 'hangup' })
    expect(readNext('hangup', {})).toEqual({ kind: 'hangup', force: false })
    expect(readNext('unhold', { tag: 't', msg: '' })).toEqual({ kind: 'unhold', tag: 't' })
    expect(readDial({ dest: '+6511111111' })).toEqual({ kind: 'dial', dest: '+6511111111', ringSeconds: 60 })
  })

  it('are all read where they are given', () => {
    const given = { msg: 'Hello', tag: 'myapp', notify_url }
    const read = { tag: 'myapp', notifyUrl: notify_url, message: [{ kind: 'speech', text: 'Hello' }] }

    expect(
      readDial({ ...given, dest: '1001', caller_id: 'private', max_duration: '60', ringtime: '20' }),
    ).toMatchObject({ ...read, dest: '1001', callerId: 'private', maxSeconds: 60, ringSeconds: 20 })
    expect(readNext('gather', { ...given, max_digits: '1', timeout: '60', attempts: '3' })).toMatchObject({
      ...read,
      maxDigits: 1,
      timeoutSeconds: 60,
      attempts: 3,
    })
    expect(readNext('monitor', { ...given, monitor_notify_url: 'https://app.test/m' })).toMatchObject({
      ...read,
      monitorNotifyUrl: 'https://app.test/m',
    })
    expect(
      readNext('transfer', { ...given, dest: 'room:R1', caller_id: '+6500000000', on_failure: 'continue' }),
    ).toMatchObject({ ...read, dest: 'room:R1', callerId: '+6500000000', onFailure: 'continue' })
    expect(readNext('hangup', { force: 'enabled', tag: 't' })).toEqual({ kind: 'hangup', force: true, tag: 't' })
  })

  it('a tag of 256 characters is taken, counted as people count', () => {
    expect(codeOf(() => readNext('play', { tag: '😀'.repeat(256) }))).toBe('success_ok')
  })
})
