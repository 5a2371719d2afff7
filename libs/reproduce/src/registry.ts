/** The tables that can be named. */
import { bouncingBallsTable } from './bouncing-balls/table.ts';
import { egnnTable } from './egnn/table.ts';
import { hnnTable } from './hnn/table.ts';
import { phyworldTable } from './phyworld/table.ts';
import type { Table } from './table.ts';

export const tables: Readonly<Record<string, Table>> = {
  [hnnTable.name]: hnnTable,
  [egnnTable.name]: egnnTable,
  [phyworldTable.name]: phyworldTable,
  [bouncingBallsTable.name]: bouncingBallsTable,
};
