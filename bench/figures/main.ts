import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { getPriority, loadavg, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Scope } from '../../src/base/scope.ts'
import { projectFolder } from '../../src/settings.ts'
import { makeDataFolder } from '../../src/store/embedded/data-folder.ts'
import { freePort } from '../../test/kit/ports.ts'
import { Child } from './child.ts'
import { canMeasure, cpuSeconds, databasePid, describeMachine, familySeconds, residentKb } from './machine.ts'
import {
  type Figures,
  makeSite,
  measureMedia,
  measureSetUps,
  measureWebhooks,
  type Plan,
  type Processes,
  type SetUpFigures,
  type WebhookFigures,
  watchOthers,
} from './measure.ts'
import type { RoomAnswer, RoomQuestion, Started } from './protocol.ts'
import { report } from './report.ts'

const whole: Plan = {
  warmUps: 500,
  setUps: 3000,
  setUpsPerSecond: 200,
  calls: [100, 300],
  callsPerSecond: 25,
  told: 500,
  toldPerSecond: 10,
  settleSeconds: 4,
  mediaSeconds: 20,
  roomMembers: 50,
}
/** Shows that everything works; its figures say little. */
const quick: Plan = {
  warmUps: 10,
  setUps: 40,
  setUpsPerSecond: 40,
  calls: [4, 8],
  callsPerSecond: 20,
  told: 10,
  toldPerSecond: 10,
  settleSeconds: 1,
  mediaSeconds: 2,
  roomMembers: 6,
}
const outcome = 'docs/reference/figures.md'

/** `npm run bench`. Prints the table; keeps it as well with `--write`. */
export async function runBench(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      // For work on one of them.
      only: { type: 'string' },
      profile: { type: 'string' },
    },
  })
  if (!canMeasure()) {
    console.error('The benchmark reads /proc, which this system does not have: run it on Linux.')
    return 1
  }
  const scope = new Scope('bench')
  const interrupted = (): void => void scope.close().then(() => process.exit(130))
  process.once('SIGINT', interrupted)
  try {
    const load = loadavg()
    const figures = await measure(values.quick ? quick : whole, scope, values)
    const text = report(figures, {
      machine: describeMachine(),
      date: new Date().toISOString().slice(0, 10),
      load,
      priority: getPriority(),
    })
    console.log(`\n${text}`)
    if (values.write) {
      const path = join(projectFolder(), outcome)
      writeFileSync(path, `# Figures\n\nMeasured by \`npm run bench -- --write\`.\n\n${text}`)
      console.log(`Written to ${path}`)
    }
    return 0
  } finally {
    process.off('SIGINT', interrupted)
    await scope.close()
  }
}

async function measure(
  plan: Plan,
  scope: Scope,
  { only, profile }: { readonly only?: string | undefined; readonly profile?: string | undefined },
): Promise<Figures> {
  const wanted = (what: string): boolean => only === undefined || only === what
  const room = wanted('room') ? await measureRoom(plan, scope) : undefined
  if (room && only === 'room')
    return { ...room, idleKb: 0, signalling: undefined, engine: undefined, media: [], webhooks: undefined }
  const caller: Processes['caller'] = new Child(new URL('./caller.js', import.meta.url))
  scope.add('caller', () => caller.end())
  // Far ends are other machines: here they give way to the service.
  setPriority(caller.pid, Math.min(19, getPriority() + 10))
  const startMeasured = (name: string): Processes['service'] => {
    const flags = [
      '--expose-gc',
      ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${join(profile, name)}`]),
    ]
    const child: Processes['service'] = new Child(new URL('./service.js', import.meta.url), flags)
    scope.add(name, () => child.end())
    return child
  }

  const bare = startMeasured('signalling')
  const service = startMeasured('service')
  const folder = mkdtempSync(join(tmpdir(), 'offhook-bench-'))
  scope.add('folder', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  scope.add('service', () => service.end())
  const started = await service.ask<Started>({ kind: 'start', env: await settings(folder, plan) })
  const database = databasePid(folder)
  const others = watchOthers(
    () => cpuSeconds(service.pid) + cpuSeconds(bare.pid) + cpuSeconds(caller.pid) + familySeconds(database),
  )

  let signalling: SetUpFigures | undefined
  if (wanted('setups')) {
    say('signalling alone')
    const { sipPort } = await bare.ask<Started>({ kind: 'signalling' })
    const anybody = { port: sipPort, to: 'anybody', dataFolder: '' }
    signalling = await measureSetUps({ service: bare, caller }, anybody, plan)
  }

  const to = await makeSite(started)
  const place = { port: started.sipPort, to, dataFolder: folder }
  const both: Processes = { service, caller }
  await untilSpoken(both, place)
  await service.ask({ kind: 'tidy' })
  // Before the set-ups, whose garbage would stand in for the memory of calls.
  const idleKb = residentKb(service.pid)
  const media = []
  for (const calls of wanted('media') ? plan.calls : []) {
    say(`${calls} calls with audio`)
    media.push(await measureMedia(both, place, calls, plan, idleKb))
    await pause(1000)
  }

  let webhooks: WebhookFigures | undefined
  if (wanted('webhooks')) {
    say('webhooks')
    webhooks = await measureWebhooks(both, started, place, plan)
    await pause(1000)
  }

  let engine: SetUpFigures | undefined
  if (wanted('setups')) {
    say('call set-ups through the whole service')
    engine = await measureSetUps(both, place, plan)
  }
  const { busy, seconds } = others()
  return { signalling, engine, media, webhooks, room: room?.room, idleKb, othersBusy: busy, seconds }
}

async function measureRoom(plan: Plan, scope: Scope): Promise<Pick<Figures, 'room' | 'othersBusy' | 'seconds'>> {
  const { roomMembers: members, settleSeconds, mediaSeconds: seconds } = plan
  say(`a conference of ${members}`)
  const child: Child<RoomQuestion, RoomAnswer> = new Child(new URL('./room.js', import.meta.url))
  scope.add('room', () => child.end())
  // The far ends are a process of that process.
  const others = watchOthers(() => familySeconds(child.pid))
  const room = await child.ask<RoomAnswer>({ members, settleSeconds, seconds })
  const { busy, seconds: lasted } = others()
  await child.end()
  return { room, othersBusy: busy, seconds: lasted }
}

/** The first call waits until its greeting has been spoken; that is no cost of a call. */
async function untilSpoken({ caller }: Processes, { port, to }: { port: number; to: string }): Promise<void> {
  await caller.ask({ kind: 'hold', count: 1, perSecond: 1, port, to })
  for (let tries = 0; tries < 60; tries++) {
    await pause(500)
    const { received } = (await caller.ask({ kind: 'packets' })) as { received: number }
    if (received > 0) break
  }
  await caller.ask({ kind: 'release' })
}

async function settings(folder: string, { calls }: Plan): Promise<Record<string, string>> {
  makeDataFolder(folder)
  // Two ports for each call, and some for those that are still closing.
  const ports = Math.max(...calls) * 2 + 400
  const first = await freePort(ports)
  return {
    OFFHOOK_HTTP_PORT: '0',
    OFFHOOK_SIP_PORT: '0',
    OFFHOOK_BIND: '127.0.0.1',
    OFFHOOK_DATA: folder,
    OFFHOOK_RTP_PORTS: `${first}-${first + ports - 1}`,
    OFFHOOK_LOG_LEVEL: 'warn',
    OFFHOOK_WEBHOOK_ALLOW: '127.0.0.0/8',
  }
}

const say = (what: string): void => console.error(`Measuring ${what} …`)
