import { configDefaults, defineConfig } from 'vitest/config';

/** Proofs that take minutes have a name of their own and run with `npm run test:long`. */
export default defineConfig({ test: { exclude: [...configDefaults.exclude, '**/*.long.test.ts'] } });
