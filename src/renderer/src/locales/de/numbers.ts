/** A number with its thousands apart by a narrow blank: commas and points would both be read as decimals somewhere. */
export function gruppiert(zahl: number): string {
  return String(zahl).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** "3 Dienste", "1 Dienst". */
export function anzahl(zahl: number, eins: string, viele: string): string {
  return `${gruppiert(zahl)} ${zahl === 1 ? eins : viele}`;
}

/** "a, b und c". */
export function und(namen: readonly string[]): string {
  return namen.length > 1 ? `${namen.slice(0, -1).join(', ')} und ${namen.at(-1) ?? ''}` : (namen[0] ?? '');
}
