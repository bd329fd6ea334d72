/** One line of an operation's journal. */
export interface JournalLine {
  readonly name: string;
  readonly phase: string;
  /** ISO time. */
  readonly at: string;
}

/** How long services were away in a switch that was undone: from the first stop to the last start of an old container. Nothing was stopped: nothing was away. */
export function outageOfUndone(lines: readonly JournalLine[], finishedAt: string | null): number {
  const began = lines.find((one) => one.phase === 'intent' && (one.name === 'container.stop' || one.name === 'container.kill'));
  if (began === undefined) return 0;
  const back = lines.findLast((one) => one.phase === 'undo-result' && one.name === 'container.start')?.at ?? finishedAt;
  return back === null ? 0 : Math.max(0, Date.parse(back) - Date.parse(began.at));
}
