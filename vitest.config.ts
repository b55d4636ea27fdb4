import { defineConfig } from 'vitest/config'

// Fast tests first; then what starts processes and waits for real audio: three files at once, as each mostly waits.
export default defineConfig({
  test: {
    globalSetup: ['test/setup/build.ts', 'test/setup/database.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/property/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/contract/**/*.test.ts', 'test/integration/**/*.test.ts', 'test/interop/**/*.test.ts'],
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
          // Real audio on a machine that others share may lose packets once. `npm test` names what needed its second try.
          retry: process.env.CI === undefined ? 0 : 1,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
