import { fieldOf, numberOf, textOf } from './read-json';

/** How much of an image is here, of the layers whose size is known. */
export interface PullBytes {
  readonly done: number;
  readonly total: number;
}

const TENTHS = 10;
const ARRIVED: ReadonlySet<string> = new Set(['Download complete', 'Verifying Checksum', 'Extracting', 'Pull complete']);

interface Layer {
  readonly status: string;
  readonly done: number;
  readonly total: number;
  readonly tenth: number;
}

/** Follows the layers of one download: lines worth keeping (a change, or another tenth of a layer), and the bytes of all. */
export class PullProgress {
  private readonly layers = new Map<string, Layer>();
  private last = '';

  get bytes(): PullBytes {
    let done = 0;
    let total = 0;
    for (const layer of this.layers.values()) {
      done += layer.done;
      total += layer.total;
    }
    return { done, total };
  }

  /** Takes what the engine said; the line to show, or empty. */
  take(document: unknown): string {
    const id = textOf(fieldOf(document, 'id'));
    const status = textOf(fieldOf(document, 'status'));
    if (status === '') return '';
    const current = numberOf(fieldOf(document, 'progressDetail', 'current'));
    const total = numberOf(fieldOf(document, 'progressDetail', 'total'));
    const before = this.layers.get(id);
    const tenth = total > 0 ? Math.floor((current / total) * TENTHS) : 0;
    const isDownload = status === 'Downloading' && total > 0;
    const known = isDownload ? total : (before?.total ?? 0);
    if (id !== '') this.layers.set(id, { status, done: isDownload ? Math.min(current, total) : ARRIVED.has(status) ? known : (before?.done ?? 0), total: known, tenth });
    if (before?.status === status && before.tenth === tenth) return '';
    const line = `${id === '' ? '' : `${id}: `}${status}${total > 0 ? ` ${String(tenth * TENTHS)} %` : ''}`;
    if (line === this.last) return '';
    this.last = line;
    return line;
  }
}
