import { ValidationError } from './errors.ts'
import { writeLine } from './line.ts'

/** What happens when the callee answers. */
export type Action = Application | Context

/** One application of the switch, e.g. `new Application('Playback', 'hello-world')`. */
export class Application {
  readonly kind = 'application'
  readonly application: string
  /** Its arguments as the dialplan writes them, joined by commas. */
  readonly data: string | undefined

  constructor(application: string, data?: string) {
    this.application = application
    this.data = data
  }

  /** @throws ValidationError */
  render(): string[] {
    const { application, data } = this
    if (typeof application !== 'string' || !/^\w[\w-]*$/.test(application))
      throw new ValidationError('action.application', 'is no name of an application: letters, digits, _ and - only.')
    const lines = [writeLine('Application', application, 'action.application')]
    if (data !== undefined && data !== '') lines.push(writeLine('Data', data, 'action.data'))
    return lines
  }
}

/** A place in the dialplan, e.g. `new Context('survey', 's', 1)`. */
export class Context {
  readonly kind = 'context'
  readonly context: string
  readonly extension: string
  readonly priority: number | string

  /** @param priority 1 or more. The spooler takes numbers alone: a label would mean 1, so it is refused. */
  constructor(context: string, extension: string, priority: number | string = 1) {
    this.context = context
    this.extension = extension
    this.priority = priority
  }

  /** @throws ValidationError */
  render(): string[] {
    const { context, extension, priority } = this
    if (context === '') throw new ValidationError('action.context', 'is empty.')
    if (extension === '') throw new ValidationError('action.extension', 'is empty.')
    if (!/^[1-9]\d{0,8}$/.test(String(priority)))
      throw new ValidationError(
        'action.priority',
        `is ${JSON.stringify(priority)}; only whole numbers from 1 are read, a label would mean 1.`,
      )
    return [
      writeLine('Context', context, 'action.context'),
      writeLine('Extension', extension, 'action.extension'),
      `Priority: ${priority}`,
    ]
  }
}
