/** Progress of one stage: a bar on a terminal, a plain line now and then elsewhere. Written to standard error. */

export interface Progress {
  /** @param note what else is worth seeing, such as the loss */
  update(done: number, note?: string): void;
  /** Closes the stage with one line that stays. */
  finish(note?: string): void;
}

export interface ProgressOptions {
  readonly label: string;
  readonly total: number;
  /** Plural: "frames", "steps". */
  readonly unit: string;
  readonly stream?: NodeJS.WriteStream;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}

const BAR_WIDTH = 24;
const TERMINAL_INTERVAL = 100;
const PLAIN_INTERVAL = 10_000;

export function startProgress(options: ProgressOptions): Progress {
  const { label, total, unit, stream = process.stderr, now = () => performance.now() } = options;
  const started = now();
  let first: { done: number; time: number } | undefined;
  let last = -Infinity;
  let done = 0;

  /** Units a second since the first update: what an earlier run had finished does not count. */
  const rate = () => {
    const seconds = first ? (now() - first.time) / 1000 : 0;
    return first && done > first.done && seconds > 0 ? (done - first.done) / seconds : undefined;
  };
  const line = (note: string) => {
    const speed = rate();
    const left = speed === undefined ? '' : `${formatDuration((total - done) / speed)} left`;
    return [`${done}/${total} ${unit}`, pace(speed), left, note].filter(Boolean).join(' · ');
  };
  const pace = (speed: number | undefined) => (speed === undefined ? '' : `${formatRate(speed)} ${unit}/s`);

  return {
    update(count, note = '') {
      done = count;
      first ??= { done, time: now() };
      const interval = stream.isTTY ? TERMINAL_INTERVAL : PLAIN_INTERVAL;
      if (now() - last < interval) return;
      last = now();
      if (!stream.isTTY) {
        stream.write(`${label}: ${line(note)}\n`);
        return;
      }
      const filled = Math.round((BAR_WIDTH * done) / Math.max(total, 1));
      const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
      const text = `${label.padEnd(9)} ${bar} ${line(note)}`;
      stream.write(`\r\x1b[2K${text.slice(0, (stream.columns ?? 80) - 1)}`);
    },
    finish(note = '') {
      const time = formatDuration((now() - started) / 1000);
      const text = [`${done} ${unit} in ${time}`, pace(rate()), note].filter(Boolean).join(' · ');
      stream.write(`${stream.isTTY ? '\r\x1b[2K' : ''}${label.padEnd(9)} ${text}\n`);
    },
  };
}

/** "8 s", "3 min 05 s", "2 h 10 min". */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`;
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')} min`;
}

function formatRate(rate: number): string {
  return rate >= 100 ? String(Math.round(rate)) : rate.toPrecision(2);
}
