/** Ctrl-C and SIGTERM: the first one asks the work to stop at the next safe point, the second one ends the process. */
export function onInterrupt(announce: (line: string) => void): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  let first = 0;
  const handle = (signal: NodeJS.Signals) => {
    // One Ctrl-C may come twice: from the terminal, and from a parent such as npm that passes it on.
    if (controller.signal.aborted && performance.now() - first < 500) return;
    if (controller.signal.aborted) process.exit(signal === 'SIGTERM' ? 143 : 130);
    first = performance.now();
    // A bar may stand on the terminal's line.
    announce(
      `${process.stderr.isTTY ? '\r\x1b[2K' : ''}stopping at the next safe point; press Ctrl-C again to stop at once`,
    );
    controller.abort();
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return {
    signal: controller.signal,
    release() {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
    },
  };
}
