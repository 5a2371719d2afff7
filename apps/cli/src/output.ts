/** What every verb prints, for a person or as one JSON object for a machine. */
import type { Command } from 'commander';

export interface OutputOptions {
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** A measured or judged value, as every verb that measures prints it with `--json`. */
export interface Figure {
  readonly name: string;
  readonly value: number | string | null;
  readonly unit: string;
  /** What must hold, such as "> 17.2"; null where nothing is demanded. */
  readonly bound: string | null;
  readonly holds: boolean;
}

/** Adds the options that every verb has. */
export function withOutputOptions(command: Command): Command {
  return command
    .option('--json', 'print one JSON object instead of text')
    .option('--verbose', 'print the stack trace of an error');
}

/** A line for a person, on standard error so that standard output holds results only. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The result of a verb: `text` for a person, `value` with `--json`. */
export function printResult(options: OutputOptions, value: object, text: string): void {
  process.stdout.write(options.json ? `${JSON.stringify(value, null, 2)}\n` : `${text}\n`);
}

/** Exit code 1 when a bound does not hold; says which. */
export function judge(figures: readonly Figure[]): void {
  for (const { name, value, unit, bound } of figures.filter(({ holds }) => !holds)) {
    const shown = typeof value === 'number' ? Number(value.toPrecision(4)) : value;
    note(`bound missed: ${name} is ${shown}${unit && ` ${unit}`}, must be ${bound}`);
  }
  if (figures.some(({ holds }) => !holds)) process.exitCode = 1;
}
