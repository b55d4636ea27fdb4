import { followAnswer } from '../apps/answer-plan.ts'
import { runFlow } from '../apps/flow/run.ts'
import { handleCall, type InboundApp } from '../apps/inbound.ts'
import type { EmbeddedEngine } from '../engines/embedded/engine.ts'
import type { Action } from '../phone/action.ts'
import type { Call } from '../phone/call.ts'
import type { AnswerPlan } from '../phone/detect.ts'
import type { Flow } from '../phone/flow.ts'
import type { PlannedCallRow } from '../store/planned-calls.ts'
import { Dialer, type DialerOptions } from './dialer.ts'
import type { ScanCalls } from './scan-calls.ts'
import type { SpoolService } from './spool/open-spool.ts'

/** The dialer of a service. */
export const openDialer = ({
  engine,
  app,
  callFiles,
  scanCalls,
  ...options
}: Omit<DialerOptions, 'carriedBy' | 'run' | 'leaving' | 'over'> & {
  readonly engine: Pick<EmbeddedEngine, 'carriedBy'>
  readonly app: InboundApp
  readonly callFiles: Pick<SpoolService, 'run' | 'leaving' | 'over'>
  readonly scanCalls: Pick<ScanCalls, 'run' | 'leaving' | 'over'>
}): Dialer =>
  new Dialer({
    ...options,
    carriedBy: (trunk) => engine.carriedBy(trunk),
    run: (call, row) => followAnswer(call, detectOf(row), () => runPlanned(call, row, { app, callFiles, scanCalls })),
    leaving: async (row, call) => {
      await callFiles.leaving(row)
      await scanCalls.leaving(row, call)
    },
    over: (row) => {
      callFiles.over(row)
      scanCalls.over(row)
    },
  })

/** What stands in the row was checked when it was written. */
const detectOf = ({ does }: PlannedCallRow): AnswerPlan | undefined =>
  'detect' in does ? (does.detect as AnswerPlan | undefined) : undefined

/** Does on an answered call what was planned; what stands in the row was checked when it was written. */
async function runPlanned(
  call: Call,
  { does }: PlannedCallRow,
  {
    app,
    callFiles,
    scanCalls,
  }: {
    readonly app: InboundApp
    readonly callFiles: Pick<SpoolService, 'run'>
    readonly scanCalls: Pick<ScanCalls, 'run'>
  },
): Promise<void> {
  switch (does.kind) {
    case 'connect':
      return handleCall(call, app, does.to)
    case 'api':
      return app.driver.drive(call, { ...does, first: does.actions as readonly Action[] })
    case 'flow':
      return runFlow(call, does.flow as Flow, app.flows)
    case 'saved_flow': {
      const flow = await app.plan.flow(does.flow)
      if (flow !== undefined) return runFlow(call, flow, app.flows)
      return call.hangup({ code: 'failed', sentence: `the call was to run the flow ${does.flow}, which is gone` })
    }
    case 'call_file':
      return callFiles.run(call, does)
    case 'scan':
      return scanCalls.run(call, does)
  }
}
