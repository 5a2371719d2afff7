import { describe, expect, test } from 'vitest';
import { formatDuration, startProgress } from './progress.ts';
import { formatTable } from './table.ts';

function record(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  const stream = {
    isTTY,
    columns,
    write: (text: string) => written.push(text),
  } as unknown as NodeJS.WriteStream;
  return { stream, written };
}

describe('progress', () => {
  test('plain lines without a terminal: rate and time left, no control characters', () => {
    const { stream, written } = record(false);
    let clock = 0;
    const progress = startProgress({ label: 'train', total: 100, unit: 'steps', stream, now: () => clock });
    progress.update(0);
    clock = 5_000;
    progress.update(20); // within the interval of the first line: silent
    clock = 20_000;
    progress.update(50, 'loss 0.1');
    clock = 40_000;
    progress.update(100);
    progress.finish('loss 0.05');
    expect(written).toEqual([
      'train: 0/100 steps\n',
      'train: 50/100 steps · 2.5 steps/s · 20 s left · loss 0.1\n',
      'train: 100/100 steps · 2.5 steps/s · 0 s left\n',
      'train     100 steps in 40 s · 2.5 steps/s · loss 0.05\n',
    ]);
  });

  test('continued work does not count for the rate', () => {
    const { stream, written } = record(false);
    let clock = 0;
    const progress = startProgress({ label: 'train', total: 100, unit: 'steps', stream, now: () => clock });
    progress.update(80);
    clock = 10_000;
    progress.update(90);
    expect(written.at(-1)).toBe('train: 90/100 steps · 1.0 steps/s · 10 s left\n');
  });

  test('a terminal gets one line that is rewritten and never wraps', () => {
    const { stream, written } = record(true, 60);
    let clock = 0;
    const progress = startProgress({ label: 'render', total: 4, unit: 'episodes', stream, now: () => clock });
    for (const done of [1, 2, 3]) {
      clock += 200;
      progress.update(done, 'a rather long note that does not fit');
    }
    for (const text of written) {
      expect(text.startsWith('\r\x1b[2K')).toBe(true);
      expect(text.length - '\r\x1b[2K'.length).toBeLessThan(60);
      expect(text).not.toContain('\n');
    }
    progress.finish();
    expect(written.at(-1)).toMatch(/\n$/);
  });
});

test('durations', () => {
  expect([0, 59.4, 65, 3600, 7805, Infinity].map(formatDuration)).toEqual([
    '0 s',
    '59 s',
    '1 min 05 s',
    '1 h 00 min',
    '2 h 10 min',
    '?',
  ]);
});

test('a table aligns words left and numbers right', () => {
  const rows = [
    ['predictor', 'PSNR'],
    ['model', '31.20 dB'],
    ['copy last', '9.10 dB'],
  ];
  expect(formatTable(rows)).toBe(
    ['predictor      PSNR', '─────────  ────────', 'model      31.20 dB', 'copy last   9.10 dB'].join('\n'),
  );
});
