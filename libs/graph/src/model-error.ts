/** Errors of those who write models: their stack begins at the line that they wrote, not inside the rooms below. */

/** Files of the rooms that a model is written with, whose tests write models themselves; and what they call back through. */
const below = /[/\\]libs[/\\](graph|nn)[/\\]src[/\\](?!.*\.test\.ts)|at Array\.\w+ \(<anonymous>\)/;
/** Layers call layers: V8 records ten frames by default, which may all be below. */
const framesRecorded = 60;

/** @param message the op, both shapes and the remedy, in one line */
export function modelError(message: string): Error {
  const engine = Error as ErrorConstructor & { stackTraceLimit?: number };
  const limit = engine.stackTraceLimit;
  if (limit !== undefined) engine.stackTraceLimit = framesRecorded;
  const error = new Error(message);
  if (limit !== undefined) engine.stackTraceLimit = limit;
  const lines = error.stack?.split('\n') ?? [];
  // V8 writes the message before the frames.
  const first = lines.findIndex((line) => below.test(line));
  const author = lines.findIndex((line, i) => i > first && !below.test(line));
  if (first >= 0 && author > 0) {
    error.stack = [...lines.slice(0, first), ...lines.slice(author, author + (limit ?? framesRecorded))].join(
      '\n',
    );
  }
  return error;
}
