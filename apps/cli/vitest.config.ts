import { configDefaults, defineConfig } from 'vitest/config';

/** Most tests start processes, which is slow on a busy machine. Proofs that take minutes have a name of their own and run with `npm run test:long`. */
export default defineConfig({
  test: { exclude: [...configDefaults.exclude, '**/*.long.test.ts'], testTimeout: 60_000 },
});
