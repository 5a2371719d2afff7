/** The shell programs among an engine's files, those inside YAML and JSON too. */
import { parse } from 'yaml';

export function scriptsIn(files: Readonly<Record<string, string>>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, text] of Object.entries(files)) {
    if (/\.(sh|sbatch)$/.test(name)) found[name] = text;
    if (/\.(yaml|json)$/.test(name)) collect(parse(text), name, found);
  }
  return found;
}

/** `["bash", "-c", script]` of containers, and `run` of SkyPilot. */
function collect(value: unknown, at: string, found: Record<string, string>): void {
  if (Array.isArray(value) && value[0] === 'bash' && value[1] === '-c') found[at] = value[2] as string;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'run' && typeof inner === 'string') found[`${at}.run`] = inner;
    else collect(inner, `${at}.${key}`, found);
  }
}
