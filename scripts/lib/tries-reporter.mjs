const slowest = 12

/** A reporter of vitest: prints which tests passed only when tried again, and which files took longest. */
export default class TriesReporter {
  #again = []
  #files = []

  onTestCaseResult(test) {
    if (test.diagnostic()?.flaky) this.#again.push(`${test.module.relativeModuleId}: ${test.fullName}`)
  }

  onTestModuleEnd(module) {
    this.#files.push({ name: module.relativeModuleId, ms: module.diagnostic().duration })
  }

  onTestRunEnd() {
    const files = this.#files.toSorted((a, b) => b.ms - a.ms).slice(0, slowest)
    console.log(
      `Longest:${files.map(({ name, ms }) => `\n  ${(ms / 1000).toFixed(0).padStart(4)} s  ${name}`).join('')}`,
    )
    if (this.#again.length > 0) console.log(`Passed at the second try only:\n  ${this.#again.join('\n  ')}`)
  }
}
