import { engineRequest } from './images';

/** A program that floods an engine with events: `event-flood SOCKET IMAGE CONTAINER LANES TURNS`. It runs in a process of its own, so that its work is not counted as that of the one who listens. */
const [socketPath = '', image = '', container = '', lanes = '1', turns = '1'] = process.argv.slice(2);

// Each tag and each untag is an event of the engine; the tags end as they began.
async function lane(number: number): Promise<void> {
  for (let turn = 0; turn < Number(turns); turn += 1) {
    const tag = `l${String(number)}t${String(turn)}`;
    await engineRequest('POST', `/images/${encodeURIComponent(image)}/tag?repo=burst&tag=${tag}`, { socketPath });
    await engineRequest('DELETE', `/images/burst:${tag}?noprune=1`, { socketPath });
    if (turn % 100 === 0) await engineRequest('POST', `/containers/${container}/${turn % 200 === 0 ? 'pause' : 'unpause'}`, { socketPath });
  }
}

void Promise.all(Array.from({ length: Number(lanes) }, (_, number) => lane(number)));
