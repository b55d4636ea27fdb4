import { execFileSync } from 'node:child_process'

/** Worker threads and child processes run the compiled tree, so it is brought up to date before any test. */
export default function build(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' })
}
