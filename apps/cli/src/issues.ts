/** What zod finds wrong with settings, in words: which setting, what its value is, what would do. */
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** Characters of a value that are shown. */
const LONGEST = 60;

/**
 * One line for a person, each issue with the path and the value of its setting.
 * @param settings what was checked
 * @param place its path, where it is a part of the settings
 */
export function describeIssues(
  error: z.ZodError,
  settings: unknown,
  place: readonly PropertyKey[] = [],
): string {
  return error.issues.map((issue) => describe(issue, settings, place)).join('; ');
}

function describe(issue: Issue, settings: unknown, place: readonly PropertyKey[]): string {
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => `"${[...place, ...issue.path, key].join('.')}"`);
    return `unknown setting ${keys.join(', ')}`;
  }
  const path = [...place, ...issue.path].join('.');
  // What a schema says in its own words needs no value, and may be of more than one setting.
  if (issue.code === 'custom' || path === '') return path ? `${path}: ${issue.message}` : issue.message;
  const value = valueAt(settings, issue.path);
  return value === undefined
    ? `${path}: it is missing; ${wanted(issue)}`
    : `${path} ${shown(value)}: ${wanted(issue)}`;
}

/** What would be accepted. */
function wanted(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `give ${kinds[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `choose ${either(issue.values.map((value) => JSON.stringify(value)))}`;
    case 'too_small':
      return sized(issue.origin)
        ? `give at least ${issue.minimum} values`
        : `give ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`;
    case 'too_big':
      return sized(issue.origin)
        ? `give at most ${issue.maximum} values`
        : `give ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`;
    default:
      return issue.message;
  }
}

const kinds: Readonly<Record<string, string>> = {
  int: 'an integer',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list, such as [1, 2]',
  tuple: 'a list, such as [low, high] for a range',
  object: 'settings by name',
  record: 'settings by name',
};

const sized = (origin: string) => ['array', 'string', 'set'].includes(origin);

const either = (names: readonly string[]) =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;

function valueAt(settings: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((value, name) => (value as Record<PropertyKey, unknown> | undefined)?.[name], settings);
}

function shown(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)} ...`;
}
