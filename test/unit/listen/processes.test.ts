import { expect, it } from 'vitest'
import { mostProcesses } from '../../../src/speech/recognise/moonshine/recogniser.ts'

it.each([
  [2, 24_000, 2],
  [2, 3000, 1],
  [8, 8000, 4],
  [1, 24_000, 1],
  [2, 900, 1],
])('%i cores and %i MB have at most %i processes of Moonshine', (cores, megabytes, processes) => {
  expect(mostProcesses(cores, megabytes)).toBe(processes)
})
