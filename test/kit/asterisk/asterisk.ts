import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Scope } from '../../../src/base/scope.ts'
import { freePort } from '../ports.ts'
import { type Program, startProgram } from '../program.ts'
import { type Config, configure } from './config.ts'
import { asteriskRoot } from './root.ts'

export interface AsteriskOptions {
  readonly scope: Scope
  /** Files over those that every one has; `pjsip.conf` needs no transport. */
  readonly config?: Config
}

/** A real Asterisk of Debian, in a system of its own, without a network but loopback. */
export class Asterisk {
  readonly sipPort: number
  readonly ariUrl: string
  readonly #folder: string
  readonly #inside: string
  readonly #scope: Scope
  readonly #program: Program

  private constructor(
    ports: { sip: number; http: number },
    folder: string,
    inside: string,
    scope: Scope,
    program: Program,
  ) {
    this.sipPort = ports.sip
    this.ariUrl = `http://127.0.0.1:${ports.http}/ari`
    this.#folder = folder
    this.#inside = inside
    this.#scope = scope
    this.#program = program
  }

  /** Resolves when it is fully booted. */
  static async start({ scope: parent, config = {} }: AsteriskOptions): Promise<Asterisk> {
    const scope = parent.child('asterisk')
    const root = asteriskRoot()
    const folder = mkdtempSync(join(root, 'srv', 'offhook-'))
    scope.add('folder', () => rmSync(folder, { recursive: true, force: true }))
    const inside = folder.slice(root.length)
    const rtp = await freePort(64)
    const ports = { sip: await freePort(), http: await freePort(), rtp: { from: rtp, to: rtp + 63 } }
    for (const name of ['etc', 'lib/keys', 'agi', 'run', 'log', 'spool/outgoing', 'spool/tmp', 'out'])
      mkdirSync(join(folder, name), { recursive: true })
    const [multiarch = ''] = readdirSync(join(root, 'usr/lib')).filter((name) => name.endsWith('-linux-gnu'))
    for (const [name, text] of Object.entries(configure(inside, ports, config)))
      writeFileSync(join(folder, 'etc', name), text.replaceAll('FOLDER', inside).replace('MULTIARCH', multiarch))
    const own = config['pjsip.conf'] ?? ''
    writeFileSync(join(folder, 'etc/pjsip.conf'), `#include "pjsip.transport.conf"\n${own}`)
    // What is mounted in a mount namespace of its own is gone with its last process.
    const script =
      'mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/dev/shm" && exec chroot "$0" asterisk -f -C "$1/etc/asterisk.conf"'
    const program = startProgram('unshare', ['--mount', 'sh', '-c', script, root, inside], { scope, graceMs: 10_000 })
    const asterisk = new Asterisk(ports, folder, inside, scope, program)
    await asterisk.cli('core waitfullybooted')
    return asterisk
  }

  /** Where this process sees a file of its folder. */
  path(name: string): string {
    return join(this.#folder, name)
  }

  /** Where it sees that file itself. */
  inside(name: string): string {
    return join(this.#inside, name)
  }

  get spoolDir(): string {
    return this.path('spool/outgoing')
  }

  get doneDir(): string {
    return this.path('spool/outgoing_done')
  }

  /** What it wrote. */
  log(): string {
    return this.#program.output()
  }

  /** A command of its console. @throws Error with its log when it does not answer within 30 s */
  async cli(command: string): Promise<string> {
    const until = performance.now() + 30_000
    const args = [asteriskRoot(), 'asterisk', '-C', this.inside('etc/asterisk.conf'), '-rx', command]
    for (;;) {
      const program = startProgram('chroot', args, { scope: this.#scope })
      const { code } = await program.exited
      if (code === 0) return program.output()
      if (performance.now() > until) throw new Error(`Asterisk does not answer ${command}:\n${this.log().slice(-4000)}`)
      // Its control socket comes a moment after its start, and tells nobody.
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  close(): Promise<void> {
    return this.#scope.close()
  }
}
