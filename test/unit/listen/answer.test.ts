import { expect, it } from 'vitest'
import { AnswerDetector } from '../../../src/media/listen/answer.ts'
import { TonalFrames } from '../../../src/media/listen/tonal.ts'
import type { AnswerNews } from '../../../src/media/plane.ts'
import { type AnswerRecording, answerRecordings } from '../../kit/answers/recordings.ts'
import { openSpeaker } from '../../kit/answers/speaker.ts'
import { describeWith } from '../../setup/tools.ts'

function newsOf(samples: Int16Array): readonly AnswerNews[] {
  const news: AnswerNews[] = []
  const frames = new TonalFrames()
  const detector = new AnswerDetector((one) => news.push(one))
  for (let at = 0; at + 160 <= samples.length; at += 160) detector.push(frames.push(samples.subarray(at, at + 160)))
  return news
}

interface Judged {
  readonly recording: AnswerRecording
  readonly by: string
  readonly answeredMs: number
  /** Where messages may begin; the last one is what the caller is told last. */
  readonly begins: readonly number[]
}

function judge(recording: AnswerRecording): Judged {
  const news = newsOf(recording.samples)
  const answered = news.find((one) => one.kind === 'answered')
  return {
    recording,
    by: answered?.by ?? 'nothing',
    answeredMs: answered?.atMs ?? 0,
    begins: news.flatMap((one) => (one.kind === 'recording' ? [one.atMs] : [])),
  }
}

/** Another seed makes other recordings. */
const seeds = (process.env.OFFHOOK_ANSWER_SEEDS ?? '1').split(',').map(Number)

describeWith(['flite', 'espeak-ng'], 'who answered', () => {
  it.each(seeds)('is right for 95 of 100 recordings, and no message is cut, seed %i', async (seed) => {
    const speaker = await openSpeaker()
    const recordings = await answerRecordings(seed, speaker).finally(() => speaker.close())
    const judged = recordings.map(judge)
    const machines = judged.filter(({ recording, by }) => by === 'machine' && recording.by === 'machine')

    expect(recordings.length).toBeGreaterThanOrEqual(60)
    const wrong = judged.filter(({ recording, by }) => by !== recording.by)
    const told = wrong.map(({ recording, by, answeredMs }) => `${by} at ${answeredMs}: ${recording.name}`)
    expect(wrong.length / recordings.length, told.join('\n')).toBeLessThanOrEqual(0.05)
    const cut = machines.filter(({ recording, begins }) => begins.some((at) => at < overMs(recording)))
    expect(cut.map(({ recording, begins }) => `${begins.join()}: ${recording.name}`)).toEqual([])
    const late = machines.filter(({ recording, begins }) => !((begins.at(-1) ?? Infinity) < overMs(recording) + 5000))
    expect(late.map(({ recording, begins }) => `${begins.join()}: ${recording.name}`)).toEqual([])
  })
})

/** A message before it is not recorded, or is heard by nobody. */
const overMs = ({ beepOverMs, saidMs }: AnswerRecording): number => beepOverMs ?? saidMs ?? 0
