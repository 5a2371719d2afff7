/** The names of outputs in an ONNX file. Without imports, as the worker starts with it. */

/** Ends the name in a file of an output that has an input's name, as ONNX allows a name once. */
const NEXT = ':next';

/** @throws when outputs could not be told apart in the file */
export function fileName(output: string, inputs: Readonly<Record<string, unknown>>): string {
  if (output.endsWith(NEXT)) {
    throw new Error(`onnx: output "${output}": "${NEXT}" ends the names of carried outputs; rename it`);
  }
  return Object.hasOwn(inputs, output) ? `${output}${NEXT}` : output;
}

/** The inverse of `fileName`. */
export function outputName(inFile: string, inputs: Readonly<Record<string, unknown>>): string {
  const name = inFile.endsWith(NEXT) ? inFile.slice(0, -NEXT.length) : inFile;
  return Object.hasOwn(inputs, name) ? name : inFile;
}
