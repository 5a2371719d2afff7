"""Runs the processes of a job on the machines of a Ray cluster: an actor a process, which starts it and passes on what
it prints. Told what to do by ray.json beside it. Ends with 0 where every process did, else with 1.

Ray itself never sets NEURON_RT_ROOT_COMM_ID (ray-project/ray#65070), so rank, head and ports come from here.
"""

import ctypes
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys

import ray
from ray.util.placement_group import placement_group, remove_placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

PR_SET_PDEATHSIG = 1

# Seconds in which the processes may save themselves; Ray waits longer (RAY_JOB_STOP_WAIT_TIME_S of the submission).
GRACE = 100


def stop_with_parent():
    """The process gets SIGTERM when its actor is gone, however that ended: it saves itself, and nothing stays."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Process:
    """One process of the job, on the machine where Ray put it. `stop` is called while `run` runs."""

    child = None

    def address(self):
        return ray.util.get_node_ip_address()

    def free(self, ports):
        """Whether nothing listens on any of them here."""
        for port in ports:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("", port))
                except OSError:
                    return False
        return True

    def run(self, command, environment, workdir, log):
        with open(log, "ab", buffering=0) as copy:
            self.child = subprocess.Popen(
                command,
                env={**os.environ, **environment},
                cwd=workdir,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                preexec_fn=stop_with_parent,
            )
            for line in self.child.stdout:
                copy.write(line)
                sys.stdout.buffer.write(line)
                sys.stdout.buffer.flush()
        return self.child.wait()

    def stop(self):
        if self.child is not None:
            self.child.send_signal(signal.SIGTERM)


def fill(words, values):
    """Replaces "{rank}", "{head}" and "{coordinator}", in words that are one of them or hold "{piece}"."""
    return [word.format(**values) if word in TEMPLATES else word for word in words]


TEMPLATES = {"{rank}", "{head}:{coordinator}", "{head}:{rootComm}", "{piece}"}


def together(job, folder):
    """One process a machine, all at once; the first that fails ends the others."""
    count = job["processes"]
    processes, running = [], {}
    group = placement_group([job["resources"]] * count, strategy=job["strategy"])
    ray.get(group.ready())
    actor = ray.remote(Process)
    try:
        for rank in range(count):
            place = PlacementGroupSchedulingStrategy(group, placement_group_bundle_index=rank)
            cores, gpus, rest = share(job["resources"])
            options = {"num_cpus": cores, "num_gpus": gpus, "resources": rest, "max_concurrency": 2}
            processes.append(actor.options(scheduling_strategy=place, **options).remote())
        head = ray.get(processes[0].address.remote())
        ports = free_ports(processes[0], job["ports"])
        for rank, process in enumerate(processes):
            values = {"rank": rank, "head": head, **ports}
            environment = dict(zip(job["ranked"].keys(), fill(job["ranked"].values(), values)))
            command = fill(job["command"], values)
            log = str(folder / f"process-{rank}.log")
            running[process.run.remote(command, {**job["environment"], **environment}, job.get("workdir"), log)] = rank
        while running:
            [done], _ = ray.wait(list(running))
            rank = running.pop(done)
            code = ray.get(done)
            if code != 0:
                print(f"process {rank} ended with {code}; the others are stopped", file=sys.stderr)
                return 1
        return 0
    except SystemExit:
        # Told to stop: the processes save themselves first.
        ray.get([process.stop.remote() for process in processes])
        if running:
            ray.wait(list(running), num_returns=len(running), timeout=GRACE)
        raise
    finally:
        remove_placement_group(group)


def free_ports(process, ports):
    """The ports of the spec, or the next ones that are free: those of an earlier start stay closed for a minute."""
    for shift in range(0, 200, 2):
        shifted = {name: port + shift for name, port in ports.items()}
        if ray.get(process.free.remote(list(shifted.values()))):
            return shifted
    sys.exit(f"ports {sorted(ports.values())}, and the next 200, are in use; choose others with \"ports\"")


def share(resources):
    """As Ray's options name them: cores, GPUs, everything else."""
    rest = dict(resources)
    return rest.pop("CPU", 0), rest.pop("GPU", 0), rest


def pieces(job, folder):
    """As many at once as the cluster has room for, then the whole."""
    run = ray.remote(lambda command, log: Process().run(command, job["environment"], job.get("workdir"), log))
    cores, _, rest = share(job["resources"])
    options = run.options(num_cpus=cores, resources=rest, max_retries=2)
    tasks = [
        options.remote(fill(job["command"], {"piece": f"{i}/{job['pieces']}"}), str(folder / f"pieces-{i}.log"))
        for i in range(job["pieces"])
    ]
    codes = ray.get(tasks)
    if any(codes):
        print(f"{sum(map(bool, codes))} of {len(codes)} pieces failed", file=sys.stderr)
        return 1
    return ray.get(options.remote(job["assemble"], str(folder / "assemble.log")))


def main():
    folder = pathlib.Path(__file__).resolve().parent
    job = json.loads((folder / "ray.json").read_text())
    # Ray stops a job with SIGTERM: an exception, on which the processes are told.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    ray.init(log_to_driver=True)
    sys.exit(pieces(job, folder) if "pieces" in job else together(job, folder))


if __name__ == "__main__":
    main()
