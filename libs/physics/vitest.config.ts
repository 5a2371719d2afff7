import { configDefaults, defineConfig } from 'vitest/config';

/** What takes minutes has a name of its own and runs with `npm run test:long`. */
export default defineConfig({
  test: { exclude: [...configDefaults.exclude, '**/*.long.test.ts'] },
});
