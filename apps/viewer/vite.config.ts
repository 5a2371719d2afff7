import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** Codecs that Orrery's arrays never use; zarrita would ship each as a megabyte of WebAssembly. */
const unusedCodecs = ['blosc', 'lz4', 'zstd'].map((codec) => `numcodecs/${codec}`);
const noCodec = fileURLToPath(new URL('src/no-codec.ts', import.meta.url));

export default defineConfig({
  root: import.meta.dirname,
  // The page can be served from any folder of any server.
  base: './',
  resolve: { alias: Object.fromEntries(unusedCodecs.map((codec) => [codec, noCodec])) },
  build: {
    target: 'es2024',
    // The server's policy allows files of its own only: nothing is inlined, nothing is polyfilled by inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    // A run’s rollouts, and a dataset.
    rolldownOptions: {
      input: ['index.html', 'dataset.html'].map((page) => `${import.meta.dirname}/${page}`),
    },
  },
});
