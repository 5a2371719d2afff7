/** The thread that runs onnxruntime, which blocks while it computes. */
import { parentPort, workerData } from 'node:worker_threads';
import { serve } from '../serve.ts';
import type { Start } from '../serve.ts';
import { openNodeRuntime } from './library.ts';
import type { NodeRuntimeOptions } from './library.ts';

const port = parentPort!;
const { model, options } = workerData as Start<NodeRuntimeOptions>;

void serve(
  {
    send: (reply, transfer = []) => port.postMessage(reply, transfer),
    listen: (answer) => port.on('message', answer),
    close: () => port.close(),
  },
  () => openNodeRuntime(model, options),
);
