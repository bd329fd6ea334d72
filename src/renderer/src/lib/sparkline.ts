/**
 * The path of a small line: values from left to right over the whole width, the newest at the right edge. `slots` is how many
 * values fill the width, so that a line that has just begun starts at the right. A missing value leaves a gap.
 */
export function sparklinePath(values: readonly (number | null)[], slots: number, width: number, height: number, floor = 0): string {
  const shown = values.slice(-slots);
  const top = Math.max(floor, ...shown.map((value) => value ?? 0));
  const step = slots > 1 ? width / (slots - 1) : width;
  let path = '';
  let pen = false;
  for (const [index, value] of shown.entries()) {
    if (value === null) {
      pen = false;
      continue;
    }
    const x = width - (shown.length - 1 - index) * step;
    const y = top <= 0 ? height : height - (Math.max(0, value) / top) * height;
    path += `${pen ? 'L' : 'M'}${round(x)} ${round(y)}`;
    pen = true;
  }
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
