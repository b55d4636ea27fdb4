import { describe, expect, it } from 'vitest'
import { deferred } from '../../src/base/deferred.ts'
import type { Call } from '../../src/phone/call.ts'
import type { ListenEvent, Listening, ListenOptions, Transcript } from '../../src/phone/listen.ts'
import { busyTone, writeWav } from '../kit/audio.ts'
import type { Rig } from './rig.ts'

interface Ear {
  readonly listening: Listening
  readonly events: readonly ListenEvent[]
  /** The first event of the kind, also one that was told before; not the silence before the first word, unless `early`. */
  next<Kind extends ListenEvent['kind']>(kind: Kind, early?: 'early'): Promise<Extract<ListenEvent, { kind: Kind }>>
}

async function listenTo(call: Call, options: Omit<ListenOptions, 'onEvent'>): Promise<Ear> {
  const events: ListenEvent[] = []
  const waits: { readonly fits: (event: ListenEvent) => boolean; readonly found: (event: ListenEvent) => void }[] = []
  const onEvent = (event: ListenEvent): void => {
    events.push(event)
    for (const wait of waits) if (wait.fits(event)) wait.found(event)
  }
  const listening = await call.listen({ ...options, onEvent })
  return {
    listening,
    events,
    next(kind, early) {
      const fits = (event: ListenEvent): boolean =>
        event.kind === kind && (event.kind !== 'silence' || early !== undefined || event.fromMs > 0)
      const found = deferred<ListenEvent>()
      const before = events.find(fits)
      if (before !== undefined) found.resolve(before)
      waits.push({ fits, found: found.resolve })
      return found.promise as Promise<never>
    },
  }
}

export function describeListen(rig: Rig): void {
  describe('listen', () => {
    const heardWords = (): boolean => rig.bench.engine.capabilities.speechToText

    it('tells what was said, with times that lie within the call, then the silence after it', async (context) => {
      if (!heardWords()) context.skip('this engine has no recogniser here')
      const said = await rig.bench.say('For sales, press one. For billing, press two.')
      const { call, caller } = await rig.answered()
      const ear = await listenTo(call, { silenceMs: [1200] })
      await caller.play(said)
      const silence = await ear.next('silence')
      ear.listening.stop()

      expect(await ear.listening.done).toBe('stopped')
      const told = ear.events.filter((event) => event.kind !== 'silence' || event.fromMs > 0).map(({ kind }) => kind)
      expect(told[0]).toBe('speech')
      expect(told.lastIndexOf('transcript')).toBeLessThan(told.indexOf('silence'))
      const finals = ear.events.filter((event): event is Transcript => event.kind === 'transcript' && event.final)
      expect(finals.map(({ text }) => text).join(' ')).toContain('press one')
      expect(finals.map(({ text }) => text).join(' ')).toContain('press two')
      const words = finals.flatMap((final) => final.words)
      expect(words.map(({ word }) => word)).toEqual(finals.flatMap(({ text }) => text.split(' ')))
      for (const [i, word] of words.entries()) {
        expect(word.fromMs).toBeGreaterThanOrEqual(words[i - 1]?.toMs ?? 0)
        expect(word.toMs).toBeGreaterThan(word.fromMs)
        expect(word.toMs).toBeLessThanOrEqual(silence.fromMs + 700)
        expect(word.confidence).toBeGreaterThan(0)
        expect(word.confidence).toBeLessThanOrEqual(1)
      }
      expect(ear.listening.heardMs).toBeGreaterThanOrEqual(silence.fromMs + silence.ms)
      await rig.over(call, caller)
    })

    it('knows the busy tone, takes it for nobody, and runs beside other blocks', async () => {
      const { call, caller } = await rig.answered()
      const ear = await listenTo(call, { transcribe: false })
      const played = call.play({ kind: 'file', path: rig.tuneFile(71, 1) })
      await caller.play(writeWav(rig.file('busy'), busyTone(4)))

      expect(await ear.next('tone')).toMatchObject({ tone: 'busy' })
      expect(await played).toEqual({ kind: 'finished' })
      await rig.over(call, caller)
      expect(await ear.listening.done).toBe('hangup')
      expect(ear.events.filter(({ kind }) => kind === 'speech')).toEqual([])
    })

    it('ends at its limit and refuses what cannot be', async () => {
      const { call, caller } = await rig.answered()
      const ear = await listenTo(call, { transcribe: false, maxSeconds: 1, silenceMs: [300] })

      expect(await ear.next('silence', 'early')).toMatchObject({ fromMs: 0, ms: 300 })
      expect(await ear.listening.done).toBe('limit')
      const refused = call.listen({ transcribe: false, pauseMs: 5, silenceMs: [2, 1], onEvent: () => {} })
      await expect(refused).rejects.toMatchObject({
        code: 'invalid_request',
        fields: [{ field: '/pauseMs' }, { field: '/silenceMs' }],
      })
      await rig.over(call, caller)
    })
  })
}
