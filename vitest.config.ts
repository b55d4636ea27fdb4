import { defineConfig } from 'vitest/config'

// Fast tests first, in parallel; whatever opens sockets on fixed ranges or starts processes runs one file at a time.
export default defineConfig({
  test: {
    globalSetup: ['test/setup/build.ts', 'test/setup/database.ts'],
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'test/property/**/*.test.ts'], testTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/contract/**/*.test.ts', 'test/integration/**/*.test.ts', 'test/interop/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
