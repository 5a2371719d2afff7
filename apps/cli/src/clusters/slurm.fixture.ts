/**
 * For tests: a real Slurm on this machine: a controller and two nodes on ports of the loopback, with their own munge, all
 * in a folder of its own. Debian: apt-get install slurm-wlm munge.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePorts } from './free-ports.fixture.ts';

const run = promisify(execFile);

export interface Cluster {
  /** What programs of its engine need in their environment. */
  readonly variables: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const PROGRAMS = ['munged', 'slurmctld', 'slurmd', 'sbatch'];
const paths = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;

/** @returns why there can be none here */
export async function missingSlurm(): Promise<string | undefined> {
  for (const program of PROGRAMS) {
    const found = await run('sh', ['-c', `command -v ${program}`], { env: { PATH: paths } }).catch(
      () => null,
    );
    if (!found) return `no ${program} on the path; install Slurm (Debian: apt-get install slurm-wlm munge)`;
  }
  return undefined;
}

/** @throws when it does not come up, with what it logged */
export async function startSlurm(): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-slurm-'));
  const conf = join(folder, 'slurm.conf');
  const variables = { PATH: paths, SLURM_CONF: conf };
  const children: ChildProcess[] = [];
  const start = (program: string, args: string[]) => {
    const child = spawn(program, args, { env: { ...process.env, ...variables }, stdio: 'ignore' });
    child.on('error', () => {});
    children.push(child);
  };
  const stop = async () => {
    // The youngest first, so that nodes report to a controller that is still there.
    for (const child of children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const killed = AbortSignal.timeout(10_000);
      killed.addEventListener('abort', () => child.kill('SIGKILL'));
      await gone;
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await chmod(folder, 0o755);
    for (const name of ['state', 'n1', 'n2', 'munge']) await mkdir(join(folder, name));
    const key = join(folder, 'munge.key');
    await writeFile(key, Buffer.from(Array.from({ length: 128 }, (_, i) => (i * 73 + 11) % 256)), {
      mode: 0o600,
    });
    const socket = join(folder, 'munge', 'socket');
    await writeFile(conf, await configuration(folder, socket));
    start('munged', [
      ...['--foreground', '--force', `--key-file=${key}`, `--socket=${socket}`],
      ...[
        `--pid-file=${folder}/munged.pid`,
        `--log-file=${folder}/munged.log`,
        `--seed-file=${folder}/munge.seed`,
      ],
    ]);
    await sleep(500);
    start('slurmctld', ['-D', '-f', conf]);
    for (const node of ['n1', 'n2']) start('slurmd', ['-D', '-f', conf, '-N', node]);
    await untilIdle(folder, variables);
  } catch (error) {
    await stop();
    throw error;
  }
  return { variables, stop };
}

async function untilIdle(folder: string, variables: Record<string, string>): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    await sleep(500);
    const states = await run('sinfo', ['--noheader', '--Node', '--format=%T'], {
      env: { ...process.env, ...variables },
    }).catch(() => null);
    const lines = states?.stdout.trim().split('\n') ?? [];
    if (lines.length === 2 && lines.every((state) => state === 'idle')) return;
  }
  const log = await readFile(join(folder, 'slurmctld.log'), 'utf8').catch(() => 'no log');
  throw new Error(`Slurm did not come up: ${log.trim().split('\n').slice(-5).join('; ')}`);
}

async function configuration(folder: string, socket: string): Promise<string> {
  const [controller, first, second] = await freePorts(3);
  const user = userInfo().username;
  return `ClusterName=orrery
SlurmctldHost=${hostname()}(127.0.0.1)
SlurmctldPort=${controller}
SlurmUser=${user}
SlurmdUser=${user}
AuthType=auth/munge
AuthInfo=socket=${socket}
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
ReturnToService=2
SlurmdParameters=config_overrides
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MinJobAge=3600
KillWait=30
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdPidFile=${folder}/slurmd-%n.pid
SlurmdLogFile=${folder}/slurmd-%n.log
SlurmdSpoolDir=${folder}/%n
StateSaveLocation=${folder}/state
NodeName=n1 NodeHostname=${hostname()} NodeAddr=127.0.0.1 Port=${first} CPUs=2 State=UNKNOWN
NodeName=n2 NodeHostname=${hostname()} NodeAddr=127.0.0.1 Port=${second} CPUs=2 State=UNKNOWN
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
`;
}
