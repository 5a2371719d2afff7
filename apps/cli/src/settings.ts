/** Settings of a verb: defaults, then a config file, then `--set key=value`, checked by zod. */
import { readFile } from 'node:fs/promises';
import { explainFileError } from '@orrery/storage';
import { parse as parseYaml } from 'yaml';
import type { Command } from 'commander';
import { z } from 'zod';
import { nearest, UsageError } from './errors.ts';
import { describeIssues } from './issues.ts';

export interface SettingSources {
  /** Path of a YAML or JSON file. */
  readonly config?: string | undefined;
  /** Each "a.b=value". */
  readonly set?: readonly string[] | undefined;
}

/** `--config` and `--set`. */
export function withSettings(command: Command, example: string): Command {
  return command
    .option('--config <file>', 'YAML or JSON file with settings')
    .option(
      '--set <key=value>',
      `override one setting, such as ${example} (may be repeated)`,
      (assignment: string, before: string[] = []) => [...before, assignment],
    );
}

/**
 * @param schema accepts `{}`, every field having a default
 * @param base what the file and `--set` are laid over
 * @throws UsageError that names the setting, its value and what would be accepted
 */
export async function readSettings<T>(
  schema: z.ZodType<T>,
  sources: SettingSources,
  base: object = {},
): Promise<T> {
  let settings = structuredClone(base) as Record<string, unknown>;
  if (sources.config !== undefined) settings = merge(settings, await readConfigFile(sources.config));
  for (const assignment of sources.set ?? []) assign(settings, assignment);
  return checkSettings(schema, settings);
}

/**
 * @param place the path of `settings`, where they are a part of all settings
 * @throws UsageError that names the setting, its value and what would be accepted
 */
export function checkSettings<T>(schema: z.ZodType<T>, settings: object, place: readonly string[] = []): T {
  const result = schema.safeParse(settings);
  if (result.success) return result.data;
  const found = describeIssues(result.error, settings, place);
  throw new UsageError(`${found}${hint(schema, result.error, place)}`);
}

async function readConfigFile(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UsageError(explainFileError(error, `cannot read config file ${path}`).message);
  });
  let value: unknown;
  try {
    value = parseYaml(text, { logLevel: 'error' });
  } catch (error) {
    const line = (error as Error).message.split('\n')[0];
    throw new UsageError(`config file ${path} is neither YAML nor JSON: ${line}`);
  }
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw new UsageError(`config file ${path} must hold settings by name, such as "seed: 1"`);
  return value as Record<string, unknown>;
}

/** Puts "a.b=value" into `settings`; the value is read as JSON where it is JSON (3, true, [1,2]), else as text. */
function assign(settings: Record<string, unknown>, assignment: string): void {
  const equals = assignment.indexOf('=');
  if (equals < 1) throw new UsageError(`--set ${assignment}: write it as --set key=value`);
  const path = assignment.slice(0, equals).split('.');
  if (path.some((name) => ['', '__proto__', 'constructor', 'prototype'].includes(name)))
    throw new UsageError(`--set ${assignment}: "${path.join('.')}" is no setting`);
  const text = assignment.slice(equals + 1);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = text;
  }
  let target = settings;
  for (const name of path.slice(0, -1)) {
    if (typeof target[name] !== 'object' || target[name] === null) target[name] = {};
    target = target[name] as Record<string, unknown>;
  }
  target[path.at(-1)!] = value;
}

function merge(under: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const below = merged[name];
    const both = [below, value].every((v) => typeof v === 'object' && v !== null && !Array.isArray(v));
    merged[name] = both ? merge(below as Record<string, unknown>, value as Record<string, unknown>) : value;
  }
  return merged;
}

/** What could have been meant by unknown settings: the nearest name, or all names at that place. */
function hint(schema: z.ZodType, error: z.ZodError, place: readonly string[]): string {
  const unknown = error.issues.find((issue) => issue.code === 'unrecognized_keys');
  if (unknown?.code !== 'unrecognized_keys') return '';
  const known = settingNames(schema, unknown.path);
  if (known.length === 0) return '';
  const close = nearest(unknown.keys[0]!, known);
  const full = (name: string) => [...place, ...unknown.path, name].join('.');
  return close ? `; did you mean "${full(close)}"?` : `; the settings here are ${known.map(full).join(', ')}`;
}

/** The names that a schema accepts at a place, those without a default among them. */
function settingNames(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  let at = unwrapped(schema);
  for (const name of path) {
    const field = at instanceof z.ZodObject ? at.shape[String(name)] : undefined;
    if (field === undefined) return [];
    at = unwrapped(field);
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

/** A schema without what says only that it may be left out. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional)
    return unwrapped(schema.def.innerType);
  return schema;
}
