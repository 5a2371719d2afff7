#!/usr/bin/env node
// Plain JavaScript that any Node understands: the project's own Node (npm package "node") runs the rest.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = new URL('../src/main.ts', import.meta.url);
const modules = fileURLToPath(new URL('../../../node_modules/', import.meta.url));
// Types are stripped and modules compiled once, not in each command and again in each of its worker threads, which know
// of the cache by the environment. Where it cannot be written, Node does without.
process.env.NODE_COMPILE_CACHE ??= join(modules, '.cache', 'orrery-compiled');
const [major, minor] = process.versions.node.split('.').map(Number);

if (major > 22 || (major === 22 && minor >= 18)) {
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  await import(main.href);
} else {
  const node = join(modules, 'node', 'bin', 'node');
  if (!existsSync(node)) {
    process.stderr.write(
      `error: Node ${process.versions.node} is too old and the project's own is missing; run "npm ci" in the repository\n`,
    );
    process.exit(1);
  }
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  // The terminal sends Ctrl-C to both processes; the child decides when it has finished.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}
