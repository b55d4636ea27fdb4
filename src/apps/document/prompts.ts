import { optional, type Prompt, sequence } from '../../phone/prompt.ts'
import { readDocument } from './document.ts'
import type { GatherPrompt } from './elements/gather.ts'
import type { Speak } from './elements/speak.ts'
import { InvalidDocument } from './fault.ts'
import { type About, AskFailed, type DocumentSource, type Params } from './ports.ts'
import type { WebTarget } from './web-target.ts'

/** Repeats without end that stand among others must end somewhere. */
const mostRepeats = 100

export function spokenPrompt({ parts }: Speak): Prompt {
  return sequence(
    ...parts.map(
      (part): Prompt =>
        part.kind === 'pause'
          ? { kind: 'silence', ms: part.ms }
          : { kind: 'text', text: part.text, language: part.language },
    ),
  )
}

/** What cannot be had of it is left out: it must not cost the caller the call. @returns `undefined` where there is nothing to be heard */
export function promptOf(elements: readonly GatherPrompt[]): Prompt | undefined {
  const items = elements.flatMap(promptsOf)
  return items.length === 0 ? undefined : sequence(...items)
}

function promptsOf(element: GatherPrompt): Prompt[] {
  switch (element.element) {
    case 'Speak':
      return repeated(optional(spokenPrompt(element)), element.loop)
    case 'Play':
      return repeated(optional({ kind: 'url', url: element.source.url }), element.loop)
    case 'Wait':
      return [{ kind: 'silence', ms: Math.round(element.seconds * 1000) }]
  }
}

const repeated = (prompt: Prompt, loop: number): Prompt[] =>
  new Array<Prompt>(loop === 0 ? mostRepeats : Math.min(loop, mostRepeats)).fill(prompt)

/** What a URL answers that names a sound by a document of Speak, Play and Wait. @throws AskFailed */
export async function promptAt(
  target: WebTarget,
  params: Params,
  source: DocumentSource,
  about: About,
): Promise<Prompt | undefined> {
  const text = await source.ask(target, params, about)
  try {
    return promptOf(
      readDocument(text).elements.map((element) => {
        if (element.element === 'Speak' || element.element === 'Play' || element.element === 'Wait') return element
        throw new AskFailed(
          'content',
          `The document of ${target.url} holds ${element.element}; it takes Speak, Play and Wait.`,
        )
      }),
    )
  } catch (error) {
    if (!(error instanceof InvalidDocument)) throw error
    throw new AskFailed('content', error.message)
  }
}
