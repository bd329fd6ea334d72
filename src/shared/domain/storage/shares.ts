/** CPU shares as thousandths of a core: 102 shares are 100m. Shares are whole, so what was asked for is a multiple of five nearby. */
export function sharesToMillis(shares: number): number {
  const exact = (shares * 1000) / 1024;
  const round = Math.round(exact / 5) * 5;
  return Math.floor((round * 1024) / 1000) === shares ? round : Math.round(exact);
}
