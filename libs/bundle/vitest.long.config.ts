import { defineConfig } from 'vitest/config';

const MINUTES = 60_000;

export default defineConfig({
  test: { include: ['src/**/*.long.test.ts'], testTimeout: 30 * MINUTES, hookTimeout: 30 * MINUTES },
});
