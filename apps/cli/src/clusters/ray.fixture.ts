/** For tests: a real Ray on this machine, two nodes of one core each, on ports of the loopback. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from './free-ports.fixture.ts';
import type { Cluster } from './slurm.fixture.ts';

/** @param python of an environment with Ray @throws when it does not come up */
export async function startRay(python: string): Promise<Cluster & { readonly address: string }> {
  // Names of sockets are short.
  const folder = await mkdtemp(join(tmpdir(), 'orr-'));
  const [port, dashboard, client] = await freePorts(3);
  const programs = dirname(python);
  const variables = {
    PATH: `${programs}${delimiter}${process.env['PATH'] ?? ''}`,
    RAY_DISABLE_IMPORT_WARNING: '1',
    RAY_USAGE_STATS_ENABLED: '0',
    // Proxies of the machine have no part in what stays on it.
    ...{ no_proxy: '127.0.0.1,localhost', NO_PROXY: '127.0.0.1,localhost' },
  };
  const address = `http://127.0.0.1:${dashboard}`;
  const children: ChildProcess[] = [];
  let said = '';
  const start = (...args: string[]) => {
    const child = spawn(join(programs, 'ray'), ['start', '--block', '--num-cpus=1', ...args], {
      env: { ...process.env, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
      // All that it starts ends with it.
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => (said = `${said}${text.toString()}`.slice(-4000)));
    child.on('error', (error) => (said += error.message));
    children.push(child);
  };
  const stop = async () => {
    for (const child of children.reverse()) {
      if (child.pid === undefined || child.exitCode !== null) continue;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await Promise.race([gone, sleep(15_000)]);
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // Nothing is left of it.
      }
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const memory = ['--object-store-memory=100000000', '--disable-usage-stats'];
  try {
    start(
      ...['--head', '--node-ip-address=127.0.0.1', `--port=${port}`, `--ray-client-server-port=${client}`],
      ...['--include-dashboard=true', `--dashboard-port=${dashboard}`, `--temp-dir=${folder}`, ...memory],
    );
    await until(
      () => answers(`${address}/api/version`),
      () => said,
    );
    start(`--address=127.0.0.1:${port}`, '--node-ip-address=127.0.0.1', ...memory);
    await until(
      () => hasNodes(address, 2),
      () => said,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { variables, address, stop };
}

async function until(holds: () => Promise<boolean>, said: () => string): Promise<void> {
  for (let tries = 0; tries < 120; tries++) {
    if (await holds()) return;
    await sleep(500);
  }
  throw new Error(`Ray did not come up: ${said().trim().split('\n').slice(-5).join('; ')}`);
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function hasNodes(address: string, count: number): Promise<boolean> {
  try {
    const response = await fetch(`${address}/api/v0/nodes`);
    const { data } = (await response.json()) as { data?: { result?: { result?: { state: string }[] } } };
    return (data?.result?.result ?? []).filter(({ state }) => state === 'ALIVE').length >= count;
  } catch {
    return false;
  }
}
