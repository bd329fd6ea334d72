import type { Door } from './door';
import { readEvent } from './events';
import type { EngineEvent } from './types';
import { chunksOf } from './whole-stream';

const DEADLINE_MS = 10_000;

/** What the engine still remembers of one container. The answer ends by itself: its end lies in the past. */
export async function pastEvents(door: Door, containerId: string, fromMs: number, toMs: number): Promise<readonly EngineEvent[]> {
  const query = { filters: JSON.stringify({ type: ['container'], container: [containerId] }), since: secondsText(fromMs), until: secondsText(toMs) };
  const answer = await door.open({ method: 'GET', path: '/events', query, doing: 'tell what happened', deadlineMs: DEADLINE_MS });
  const giveUp = setTimeout(() => answer.destroy(), DEADLINE_MS);
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of chunksOf(answer)) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8').split('\n').flatMap((line) => readEvent(line) ?? []);
  } finally {
    clearTimeout(giveUp);
  }
}

function secondsText(atMs: number): string {
  const whole = Math.floor(atMs);
  return `${String(Math.floor(whole / 1_000))}.${String(whole % 1_000).padStart(3, '0')}000000`;
}
