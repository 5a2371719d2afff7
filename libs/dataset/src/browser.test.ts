import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const libs = fileURLToPath(new URL('../..', import.meta.url));

/** Modules that a file imports when it runs; types are not there then. */
function importsOf(file: string): string[] {
  const source = readFileSync(file, 'utf8');
  const statements = source.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^;']*?\sfrom\s+)?'([^']+)'/gm);
  return [...statements, ...source.matchAll(/\bimport\('([^']+)'\)/g)].map(([, name]) => name!);
}

/** All files behind an import, and the packages that they need. */
function reach(entry: string) {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    for (const name of importsOf(file)) {
      const room = /^@orrery\/([a-z]+)$/.exec(name)?.[1];
      if (name.startsWith('.')) visit(join(dirname(file), name));
      else if (room !== undefined && existsSync(join(libs, room))) visit(join(libs, room, 'src/index.ts'));
      else packages.add(name);
    }
  };
  visit(join(libs, entry));
  return { files: [...files], packages: [...packages].sort() };
}

test('opening and reading datasets needs nothing of Node', () => {
  const { files, packages } = reach('dataset/src/index.ts');
  expect(files.map((file) => file.slice(libs.length))).toContain('dataset/src/zarr/reader.ts');
  expect(files.filter((file) => file.includes('/src/node/'))).toEqual([]);
  expect(packages).toEqual(['zod']);
  // The same walk does find Node where it is used.
  expect(reach('dataset/src/node/index.ts').packages).toContain('node:zlib');
});
