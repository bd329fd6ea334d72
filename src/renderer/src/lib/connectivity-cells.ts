import type { OutputOf } from '@shared/contract/contract';

/** One way from a service to another, as it was tried. */
export type ConnectivityCell = OutputOf<'checks.connectivity'>['cells'][number];

/** Rows are who asks, columns who is asked; a pair without a cell needs no way. */
export interface ConnectivityTable {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly from: string; readonly cells: readonly (readonly ConnectivityCell[])[] }[];
}

export function connectivityTable(cells: readonly ConnectivityCell[]): ConnectivityTable {
  const columns = [...new Set(cells.map((cell) => cell.to))].sort();
  const froms = [...new Set(cells.map((cell) => cell.from))].sort();
  return { columns, rows: froms.map((from) => ({ from, cells: columns.map((to) => cells.filter((cell) => cell.from === from && cell.to === to)) })) };
}
