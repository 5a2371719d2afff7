/** Text for POSIX shells. Whatever comes from a user is quoted; what a script computes is written by us. */

/** One word, whatever it holds. */
export function quote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** `export NAME='value'`, a line each. */
export function exports(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
}
