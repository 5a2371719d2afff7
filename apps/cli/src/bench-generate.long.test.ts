import { expect, test } from 'vitest';
import { benchGenerate } from './benchmarks/generate/index.ts';

// Speeds are the machine's; what must hold on any is that every part is measured and memory does not grow.
test('bench generate measures generation, memory, clips, stages and three.js', async () => {
  const parts: string[] = [];
  const { figures, three } = await benchGenerate({ episodes: 256, onPart: (part) => parts.push(part) });
  expect(parts.length).toBe(7);
  for (const { name, value } of figures) expect(value, name).toBeGreaterThan(0);
  const of = (name: string) => figures.find((figure) => figure.name === name)!;
  expect(of('memory: largest to smallest dataset').holds).toBe(true);
  expect(of('clips: frames read a core').holds).toBe(true);
  if (three.startsWith('three.js was not measured')) process.stderr.write(`${three}\n`);
  else expect(of('generation to three.js').value).toBeGreaterThan(1);
}, 600_000);
