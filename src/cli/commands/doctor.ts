import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { examine, formatFindings } from '../doctor/report.ts'
import { exitCodes, writeJson, writeLine } from '../output.ts'

/** @param exit told the exit code, which a finding decides and not an error */
export function addDoctor(program: Command, { terminal }: Context, exit: (code: number) => void): void {
  program
    .command('doctor')
    .description('look at ports, addresses, speech, database, clock and disk, and say what to do')
    .option('--json', 'print the findings as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const findings = await examine(terminal.env)
      if (json === true) writeJson(terminal.out, findings)
      else writeLine(terminal.out, formatFindings(findings))
      exit(findings.some(({ level }) => level === 'fault') ? exitCodes.failed : exitCodes.done)
    })
}
