import { defineConfig } from 'vitest/config';

// Threads and processes start slowly on a busy machine; no test measures time.
export default defineConfig({ test: { testTimeout: 240_000 } });
