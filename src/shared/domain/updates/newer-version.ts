/** What an update source says: `{"version": "1.4.0", "page": "https://…"}`. */
export interface UpdateNotice {
  readonly version: string;
  readonly page: string | null;
}

const VERSION = /^v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:-([0-9A-Za-z.-]{1,40}))?(?:\+[0-9A-Za-z.-]{1,40})?$/;
const MAX_PAGE_CHARS = 500;

/** Reads what the source answered; null when it is no such document. Only an https page is taken over. */
export function readUpdateNotice(document: unknown): UpdateNotice | null {
  if (typeof document !== 'object' || document === null) return null;
  const { version, page } = document as { readonly version?: unknown; readonly page?: unknown };
  if (typeof version !== 'string' || !VERSION.test(version)) return null;
  return { version: version.replace(/^v/, ''), page: typeof page === 'string' && page.length <= MAX_PAGE_CHARS && /^https:\/\/[^\s@/]+(?:\/\S*)?$/.test(page) ? page : null };
}

/** True when the first is a later version than the second; what is no version is never later. A version with a dash comes before the one without. */
export function isNewer(candidate: string, than: string): boolean {
  const [left, right] = [VERSION.exec(candidate), VERSION.exec(than)];
  if (left === null || right === null) return false;
  for (const part of [1, 2, 3]) {
    const difference = Number(left[part]) - Number(right[part]);
    if (difference !== 0) return difference > 0;
  }
  return comparedEndings(left[4], right[4]) > 0;
}

function comparedEndings(left: string | undefined, right: string | undefined): number {
  if (left === right) return 0;
  if (left === undefined) return 1;
  if (right === undefined) return -1;
  const [mine, others] = [left.split('.'), right.split('.')];
  for (let at = 0; at < Math.max(mine.length, others.length); at += 1) {
    const [one, other] = [mine[at], others[at]];
    if (one === other) continue;
    if (one === undefined) return -1;
    if (other === undefined) return 1;
    const [isNumber, otherIsNumber] = [/^\d+$/.test(one), /^\d+$/.test(other)];
    if (isNumber && otherIsNumber) return Number(one) - Number(other);
    if (isNumber !== otherIsNumber) return isNumber ? -1 : 1;
    return one < other ? -1 : 1;
  }
  return 0;
}
