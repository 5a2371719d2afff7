import { configDefaults, defineConfig } from 'vitest/config';

/**
 * Threads and processes start slowly on a busy machine; no test measures time. Proofs that take minutes have a name of their
 * own and run with `npm run test:long`.
 */
export default defineConfig({
  test: {
    exclude: [...configDefaults.exclude, '**/*.long.test.ts'],
    ...{ testTimeout: 240_000, hookTimeout: 240_000 },
  },
});
