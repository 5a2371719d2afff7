#!/usr/bin/env python3
"""Serves the imagination of a bundle of Orrery over HTTP: the same file on CPU, CUDA and Neuron.

    python serve.py <bundle> --weights <run folder> --port 8000

    GET  /healthz      200 when programs are compiled and weights are loaded; 503 before, and while it drains
    GET  /v1/model     what requests and answers hold, as JSON
    GET  /metrics      requests, latency and frames in the text format of Prometheus
    POST /v1/imagine   ?steps=8&seed=0: safetensors in, safetensors out

A request holds `context` (and `bodies`, of a model of states) of some clips, and may hold `actions`. The answer holds what
the model then predicts, free running. The server remembers nothing: with `state=true` the answer holds `state/...` too, and a
request that holds these in place of a context, with `from=<frames predicted so far>`, goes on where that one ended. Noise
comes from the Threefry keys of `orrery evaluate`, so the same seed gives the same future on every machine.

It has no passwords and no TLS: what stands before it has. Needs what run.py needs; it has run on CPUs, not on Trainium.
"""
import argparse, collections, concurrent.futures, json, os, queue, signal, socket, socketserver, sys, threading, time, traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

sys.dont_write_bytecode = True  # the bundle's folder stays as it was written
import numpy as np  # noqa: E402
from safetensors.numpy import save  # noqa: E402

from imagination import CALLED, Blank, Contract, Refused, Replica, Request, Weights  # noqa: E402
from run import Failure, find_devices, keep_stdout, read_json, report, start_jax  # noqa: E402


class Service:
    """The model on all devices, and what is known of its requests."""

    BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)  # seconds

    def __init__(self, options, io, run):
        self.options, self.io, self.run = options, io, run
        self.contract, self.state = Contract(io, options), "compiling"
        self.changed = threading.Condition()
        self.open, self.frames, self.statuses = 0, 0, collections.Counter()
        self.buckets, self.seconds = [0] * (len(self.BOUNDS) + 1), 0.0
        self.about = {}

    def load(self):
        started = time.monotonic()
        weights = Weights(self.options, self.io, self.run)
        jax = start_jax(self.options)
        devices = find_devices(jax, self.options)[:self.options.devices]
        self.free, self.threads = queue.SimpleQueue(), concurrent.futures.ThreadPoolExecutor(len(devices))
        for device in devices:
            replica = Replica(jax, device, self.options, self.io, self.contract, weights)
            replica.roll(Blank(self.contract), range(1))  # what is loaded late is loaded now
            self.free.put(replica)
        seconds, platform = round(time.monotonic() - started, 3), devices[0].platform
        trained = {"step": weights.step, "averaged": weights.averaged}
        self.about = {"platform": platform, "devices": len(devices), "weights": trained}
        with self.changed:
            if self.state == "compiling":
                self.state = "ready"
        say("ready", seconds=seconds, platform=platform, devices=len(devices), **trained)

    def describe(self):
        dataset = {name: self.run["dataset"][name] for name in ("name", "size", "seed", "checksum")}
        return {"family": self.run["family"], "config": self.run["config"], "world": self.run["world"]["sees"],
                "dataset": dataset, "precision": self.io["precision"], **self.contract.describe(), **self.about}

    def imagine(self, query, body):
        """-> the bytes of the answer, and the frames in it"""
        request = Request(self.contract, query, body)
        done = list(self.threads.map(lambda part: self.roll(request, part), request.parts()))
        arrays = {CALLED[self.contract.predicted]: np.concatenate([predictions for predictions, _ in done])}
        for name in done[0][1]:
            arrays[name] = np.concatenate([state[name] for _, state in done])
        metadata = {"format": "orrery", "from": str(request.first + request.steps)}
        return save(arrays, metadata), {"clips": request.clips, "steps": request.steps}

    def roll(self, request, part):
        replica = self.free.get()
        try:
            return replica.roll(request, part)
        finally:
            self.free.put(replica)

    def enter(self):
        with self.changed:
            if self.state != "ready":
                raise Refused(503, f"the server is {self.state}; try again later", Retry_After="5")
            if self.open >= self.options.max_requests:
                raise Refused(503, f"{self.open} requests are open already; try again later", Retry_After="1")
            self.open += 1

    def leave(self):
        with self.changed:
            self.open -= 1
            self.changed.notify_all()

    def count(self, status, seconds, frames):
        with self.changed:
            self.statuses[status] += 1
            self.frames += frames
            if status == 200:
                self.seconds += seconds
                self.buckets[sum(seconds > bound for bound in self.BOUNDS)] += 1

    def drain(self):
        """Takes no new requests. -> whether all that were open are answered within the time that is given"""
        with self.changed:
            self.state = "draining"
            return self.changed.wait_for(lambda: self.open == 0, self.options.grace)

    def metrics(self):
        with self.changed:
            lines = ["# TYPE orrery_imagine_requests_total counter"]
            lines += [f'orrery_imagine_requests_total{{code="{code}"}} {count}' for code, count in sorted(self.statuses.items())]
            lines += ["# TYPE orrery_imagine_frames_total counter", f"orrery_imagine_frames_total {self.frames}"]
            lines += ["# TYPE orrery_imagine_requests_open gauge", f"orrery_imagine_requests_open {self.open}"]
            lines += ["# TYPE orrery_imagine_seconds histogram"]
            total = 0
            for bound, count in zip([*self.BOUNDS, "+Inf"], self.buckets):
                total += count
                lines.append(f'orrery_imagine_seconds_bucket{{le="{bound}"}} {total}')
            lines += [f"orrery_imagine_seconds_sum {self.seconds:.6f}", f"orrery_imagine_seconds_count {total}"]
        return "\n".join(lines) + "\n"


# --- HTTP -----------------------------------------------------------------------------------------------------------------

class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True  # connections that wait for nothing end with the process

    def __init__(self, address, service):
        self.service = service
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, Handler)

    def server_bind(self):
        socketserver.TCPServer.server_bind(self)  # without asking DNS who we are
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a client that went away
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version, server_version, sys_version = "HTTP/1.1", "orrery", ""
    error_content_type, error_message_format = "application/json", '{"error": "%(message)s"}\n'
    timeout = 30  # seconds that a client may be silent

    def handle_any(self):
        url = urlsplit(self.path)
        methods = {"/healthz": "GET", "/v1/model": "GET", "/metrics": "GET", "/v1/imagine": "POST"}
        allowed = methods.get(url.path)
        if allowed is None:
            self.refuse(Refused(404, f'{url.path[:80]}: not here; there are {", ".join(methods)}'))
        elif self.command != allowed:
            self.refuse(Refused(405, f"{self.command}: {url.path} takes {allowed}", Allow=allowed))
        elif url.path == "/v1/imagine":
            self.imagine(url.query)
        else:
            {"/healthz": self.health, "/v1/model": self.model, "/metrics": self.metrics}[url.path]()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = handle_any

    @property
    def service(self):
        return self.server.service

    def health(self):
        state = self.service.state
        self.answer(200 if state == "ready" else 503, {"status": state})

    def model(self):
        self.answer(200, self.service.describe())

    def metrics(self):
        self.answer(200, self.service.metrics().encode(), "text/plain; version=0.0.4")

    def imagine(self, query):
        started, asked, refused, entered = time.monotonic(), {}, None, False
        try:
            length = self.length()
            self.service.enter()
            entered = True
            body, asked = self.service.imagine(query, self.body(length))
        except Refused as reason:
            refused = reason
        except Exception:
            traceback.print_exc()
            refused = Refused(500, "the server failed; its log says why")
        finally:
            # Counted before it is sent: whoever has the answer finds it counted.
            status, seconds = refused.status if refused else 200, time.monotonic() - started
            self.service.count(status, seconds, 0 if refused else asked["clips"] * asked["steps"])
            say("request", status=status, seconds=round(seconds, 6), **asked, **({"error": str(refused)} if refused else {}))
            try:
                if refused:
                    self.refuse(refused)
                else:
                    self.answer(200, body, "application/octet-stream")
            finally:
                if entered:
                    self.service.leave()

    def length(self):
        if "Transfer-Encoding" in self.headers:
            raise Refused(411, "Transfer-Encoding: bodies in pieces are not read; say Content-Length")
        text = self.headers.get("Content-Length")
        if text is None:
            raise Refused(411, "Content-Length is missing; say it")
        if not (text.isascii() and text.isdigit()):
            raise Refused(400, f'Content-Length "{text[:40]}": give a number of bytes')
        if len(text) > 18 or int(text) > self.service.options.max_bytes:
            most = self.service.options.max_bytes
            raise Refused(413, f"a body of {text[:40]} bytes is larger than {most}; send fewer clips at once")
        return int(text)

    def body(self, length):
        try:
            body = self.rfile.read(length)
        except TimeoutError:
            raise Refused(408, f"no byte came for {self.timeout} s; send the whole body")
        except ConnectionError:
            body = b""
        if len(body) < length:
            raise Refused(400, f"the body ends after {len(body)} of {length} bytes; send it whole")
        self.unread = False
        return body

    def handle_expect_100(self):
        try:
            if self.path.startswith("/v1/imagine") and self.command == "POST":
                self.length()
        except Refused as reason:
            self.refuse(reason)
            return False
        return super().handle_expect_100()

    def parse_request(self):
        self.unread = True
        return super().parse_request()

    def refuse(self, reason):
        headers = {name.replace("_", "-"): value for name, value in reason.headers.items()}
        self.answer(reason.status, {"error": str(reason)}, **headers)

    def answer(self, status, body, kind="application/json", **headers):
        data = body if isinstance(body, bytes) else (json.dumps(body) + "\n").encode()
        left = self.unread and ("Transfer-Encoding" in self.headers or self.headers.get("Content-Length", "0") != "0")
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        if left or self.service.state == "draining":
            self.send_header("Connection", "close")  # which also makes this the last request of the connection
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
        if left:
            self.swallow()

    def swallow(self):
        """A client that is still sending would lose the answer if the connection closed under it: RFC 9112, section 9.6."""
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(2)
        left = 4 * self.service.options.max_bytes
        try:
            while left > 0 and (block := self.rfile.read1(2**16)):
                left -= len(block)
        except OSError:
            pass

    def log_message(self, *_):
        pass  # what matters is said as an event


LINES = threading.Lock()


def say(event, **rest):
    with LINES:
        report(event, **rest)


def serve(options):
    io, run = read_json(options.bundle / "io.json"), read_json(options.bundle / "run.json")
    if io.get("format") != "orrery.bundle" or io.get("version") != 1:
        raise Failure(f'{options.bundle}: format {io.get("format")} {io.get("version")}, this server knows orrery.bundle 1')
    if "encode" not in io["programs"]:
        raise Failure(f"{options.bundle}: it holds a model of samples, which imagines nothing; give the bundle of a model of clips")
    service, ends = Service(options, io, run), queue.SimpleQueue()
    try:
        server = Server((options.host, options.port), service)
    except OSError as error:
        raise Failure(f"{options.host} port {options.port}: {error.strerror or error}; choose another with --host or --port")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: ends.put(number))

    def load():
        try:
            service.load()
        except BaseException as error:
            ends.put(error)

    threading.Thread(target=server.serve_forever, daemon=True).start()
    host, port = server.server_address[:2]
    say("listening", host=host, port=port)
    # Compilers hear no signals: this thread does.
    threading.Thread(target=load, daemon=True).start()
    ended = ends.get()
    if isinstance(ended, BaseException):
        raise ended
    loading = service.state == "compiling"
    say("stopping", signal=signal.Signals(ended).name, open=service.open)
    answered = service.drain()
    say("stopped", answered=answered)
    sys.stderr.flush()
    if loading or not answered:
        os._exit(0 if answered else 1)  # threads of the compiler or of a device cannot be told to end
    server.shutdown()
    server.server_close()
    return 0


def parse_options(argv):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--weights", type=Path, help="a run folder, or a safetensors file (default: the bundle's own)")
    parser.add_argument("--last", action="store_true", help="the newest checkpoint of the run (default: the best)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at; 0.0.0.0 or :: for all (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="0 for any that is free (default: %(default)s)")
    parser.add_argument("--platform", help="cpu, cuda or neuron (default: what JAX finds)")
    parser.add_argument("--devices", type=int, help="use the first so many (default: all), each for requests of its own")
    parser.add_argument("--cpu-devices", type=int, help="virtual devices of a CPU, for tests")
    parser.add_argument("--cache", help="folder of compiled programs, for the next start")
    parser.add_argument("--no-donate", dest="donate", action="store_false", help="keep the arrays that a step replaces")
    parser.add_argument("--max-clips", type=int, default=64, help="of a request (default: %(default)s)")
    parser.add_argument("--max-steps", type=int, default=1024, help="of a request (default: %(default)s)")
    parser.add_argument("--max-bytes", type=int, default=2**26, help="of a request, and of an answer (default: 64 MiB)")
    parser.add_argument("--max-requests", type=int, default=32, help="open at once; others are told to wait (default: %(default)s)")
    parser.add_argument("--grace", type=float, default=30, help="seconds for open requests after SIGTERM (default: %(default)s)")
    parser.set_defaults(target=None, processes=1, process=0)
    options = parser.parse_args(argv)
    if not 0 <= options.port <= 65535:
        parser.error(f"--port {options.port}: give 0 to 65535")
    for name in ("devices", "max_clips", "max_steps", "max_bytes", "max_requests"):
        value = getattr(options, name)
        if value is not None and value < 1:
            parser.error(f'--{name.replace("_", "-")} {value}: give 1 or more')
    return options


def main(argv):
    options = parse_options(argv)
    keep_stdout()
    try:
        return serve(options)
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr, flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
