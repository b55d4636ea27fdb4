import { spawn } from 'node:child_process'

/** A fault that the reader can do something about: a sentence, then what to do next. */
export class Stop extends Error {
  name = 'Stop'
}

/** Runs `work`; names it as soon as it has taken a second, and says how long it took. */
export async function step(name, work) {
  const began = performance.now()
  let shown = false
  const timer = setTimeout(() => {
    shown = true
    console.log(`${name} …`)
  }, 1000)
  try {
    return await work()
  } finally {
    clearTimeout(timer)
    if (shown) console.log(`${name}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
  }
}

const watchers = new Set()

/** Tells `seen` the process ids of the programs that are started from now on; the function returned ends that. */
export function watchChildren(seen) {
  watchers.add(seen)
  return () => watchers.delete(seen)
}

/**
 * Runs a program to its end. Resolves with its exit code and, unless `inherit`, what it printed. A signal that ends us
 * ends it first, so nothing goes on writing behind our back. One that runs after `limitMs` is interrupted, and killed 20 s later.
 */
export function run(program, args, { inherit = false, env = process.env, cwd, limitMs } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: inherit ? 'inherit' : ['ignore', 'pipe', 'pipe'] })
    if (child.pid !== undefined) for (const seen of watchers) seen(child.pid)
    let output = ''
    child.stdout?.setEncoding('utf8').on('data', (text) => (output += text))
    child.stderr?.setEncoding('utf8').on('data', (text) => (output += text))
    const limits =
      limitMs === undefined
        ? []
        : [
            setTimeout(() => {
              console.error(`${program} ${args.join(' ')} is interrupted: it ran for ${limitMs / 60_000} minutes.`)
              child.kill('SIGINT')
            }, limitMs),
            setTimeout(() => child.kill('SIGKILL'), limitMs + 20_000),
          ]
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    let ending
    const pass = (signal) => {
      ending = signal
      child.kill(signal)
    }
    for (const signal of signals) process.on(signal, pass)
    const forget = () => {
      for (const limit of limits) clearTimeout(limit)
      for (const signal of signals) process.off(signal, pass)
    }
    child.on('error', (error) => {
      forget()
      reject(error)
    })
    child.on('close', (code, signal) => {
      forget()
      // Dies as it was told to, now that the child is gone.
      if (ending !== undefined) process.kill(process.pid, ending)
      else resolve({ code: code ?? 1, signal, output })
    })
  })
}

/** Prints why there is no going on, and ends with status 1. Anything but a `Stop` is a fault of the script: its stack is shown. */
export function fail(error) {
  console.error(error instanceof Stop ? error.message : error)
  process.exit(1)
}
