/** The folder of a path: '' for the topmost. */
export function folderOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at === -1 ? '' : path.slice(0, at);
}

/** A path as it is written in a file of `folder`, from the top; null where it leads out or is no path. */
export function resolvedPath(folder: string, written: string): string | null {
  if (written.includes('://') || written.startsWith('/') || /[?\\\0]/.test(written) || /^(?:github\.com|git@)/.test(written)) return null;
  const parts = folder === '' ? [] : folder.split('/');
  for (const part of written.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.join('/');
}

/** Whether a folder is named by a pattern: a star is anything within one segment, two stars anything at all. Linear in both. */
export function folderMatches(pattern: string, folder: string): boolean {
  return segmentsMatch(pattern.split('/').filter((one) => one !== '' && one !== '.'), folder === '' ? [] : folder.split('/'));
}

function segmentsMatch(patterns: readonly string[], parts: readonly string[]): boolean {
  return starMatch(patterns.length, parts.length, (pattern) => patterns[pattern] === '**', (pattern, part) => textMatches(patterns[pattern] ?? '', parts[part] ?? ''));
}

function textMatches(pattern: string, text: string): boolean {
  return starMatch(pattern.length, text.length, (at) => pattern[at] === '*', (at, place) => pattern[at] === '?' || pattern[at] === text[place]);
}

/** Goes back only to the last star, so it never takes more than one length times the other. */
function starMatch(patternLength: number, textLength: number, isStar: (at: number) => boolean, fits: (at: number, place: number) => boolean): boolean {
  let at = 0;
  let place = 0;
  let star = -1;
  let from = 0;
  while (place < textLength) {
    if (at < patternLength && isStar(at)) {
      star = at;
      from = place;
      at += 1;
    } else if (at < patternLength && fits(at, place)) {
      at += 1;
      place += 1;
    } else if (star !== -1) {
      from += 1;
      place = from;
      at = star + 1;
    } else return false;
  }
  while (at < patternLength && isStar(at)) at += 1;
  return at === patternLength;
}
