import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { StartRefused } from '../base/start-refused.ts'
import { addBroadcast } from './commands/broadcast.ts'
import { addCall } from './commands/call.ts'
import { addCalls } from './commands/calls.ts'
import { addCdr } from './commands/cdr.ts'
import { addConference } from './commands/conference.ts'
import { addConnect } from './commands/connect.ts'
import { addContact } from './commands/contact.ts'
import { addDoctor } from './commands/doctor.ts'
import { addExtension } from './commands/extension.ts'
import { addFlow } from './commands/flow.ts'
import { addForward } from './commands/forward.ts'
import { addLogs } from './commands/logs.ts'
import { addMail } from './commands/mail.ts'
import { addMenu } from './commands/menu.ts'
import { addNumber } from './commands/number.ts'
import { addPlan } from './commands/plan.ts'
import { addScan } from './commands/scan.ts'
import { addStart } from './commands/start.ts'
import { addToken } from './commands/token.ts'
import { addTrunk } from './commands/trunk.ts'
import { addUssd } from './commands/ussd.ts'
import { addWebhooks } from './commands/webhooks.ts'
import { makeContext } from './context.ts'
import { CommandFailed, exitCodes, plain, type Terminal, writeLine } from './output.ts'

/**
 * Runs one command line, without the program's own name. Resolves with the exit code (`exitCodes`); rejects only for
 * faults of ours.
 */
export async function run(args: readonly string[], terminal: Terminal = thisProcess()): Promise<number> {
  let code: number = exitCodes.done
  const context = makeContext(terminal)
  const program = new Command('offhook')
    .description('A phone service that you run yourself.')
    .version(readVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.err.write(text),
    })
    .showHelpAfterError('(offhook --help lists the commands)')
  addStart(program, context)
  addDoctor(program, context, (found) => {
    code = found
  })
  addExtension(program, context)
  addNumber(program, context)
  addTrunk(program, context)
  addForward(program, context)
  addFlow(program, context)
  addMenu(program, context)
  addScan(program, context)
  addConnect(program, context)
  addCall(program, context)
  addCalls(program, context)
  addCdr(program, context)
  addPlan(program, context)
  addConference(program, context)
  addContact(program, context)
  addBroadcast(program, context)
  addLogs(program, context)
  addMail(program, context)
  addToken(program, context)
  addUssd(program, context)
  addWebhooks(program, context)
  inherit(program)
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    if (error instanceof StartRefused) {
      writeLine(terminal.err, error.message.split('\n').map(plain).join('\n'))
      return exitCodes.failed
    }
    if (!(error instanceof CommandFailed)) throw error
    writeLine(terminal.err, error.message)
    return error.code
  }
}

/** Subcommands made by `command()` take the settings of their parent only where they are told to. */
function inherit(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent)
    inherit(command)
  }
}

/** The first interrupt asks to end; the handlers are then gone, so the second one ends at once. */
function thisProcess(): Terminal {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
  return { out: process.stdout, err: process.stderr, env: process.env, signal: interrupted.signal }
}

function readVersion(): string {
  const fromBuild = new URL('../../../package.json', import.meta.url)
  const fromSource = new URL('../../package.json', import.meta.url)
  const url = import.meta.url.endsWith('.ts') ? fromSource : fromBuild
  return (JSON.parse(readFileSync(url, 'utf8')) as { version: string }).version
}
