/** Machines of the catalogue as the command line names them. */
import { machineOf, type Catalogue, type Machine } from '@orrery/launch';
import { unknown, UsageError } from './errors.ts';

/** @throws UsageError where the catalogue knows none of that name, with those that it knows */
export function targetMachine(name: string, known: Catalogue): Machine {
  if (Object.hasOwn(known.instances, name)) return machineOf(name, known);
  throw new UsageError(unknown('target', name, Object.keys(known.instances)));
}
