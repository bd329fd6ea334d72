import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { OutputOf } from '@shared/contract/contract';
import type { Client } from '../dispatch/types';

/** Where the bundled sample comes from and where its writable copy goes. */
export interface SamplePlaces {
  readonly resourcesDir: string;
  readonly targetDir: string;
}

/** Copies the sample once and opens the copy. It is ours, so it is trusted for what it contains. */
export async function openSample(client: Client, places: SamplePlaces, baseImage: string | undefined): Promise<OutputOf<'projects.open'>> {
  const { copyResources } = await import('../platform/copy-tree');
  const dir = join(places.targetDir, 'portfolio');
  // Where no image registry is reachable, the set-up makes a base image and names it here; the copy remembers it.
  await copyResources(join(places.resourcesDir, 'samples', 'portfolio'), dir, { '.env': (text) => sampleSettings(text, baseImage, availableParallelism()) });
  return client.call('projects.open', { dir, trust: true });
}

/** The sample's .env for this computer: its base image, and no more CPUs than there are, since the engine refuses those. */
export function sampleSettings(text: string, baseImage: string | undefined, cpus: number): string {
  const withImage = baseImage === undefined || baseImage === '' ? text : text.replace(/^BASE_IMAGE=.*$/m, () => `BASE_IMAGE=${baseImage}`);
  return withImage.replace(/^API_CPUS=(.*)$/m, (line, wanted: string) => (Number(wanted) <= cpus ? line : `# ${wanted} were asked for; this computer has ${String(cpus)}.\nAPI_CPUS=${String(cpus)}`));
}

/** On a first run that asks for it, the sample is there before the window has to offer it. */
export async function firstRun(client: Client, places: SamplePlaces, env: { readonly [name: string]: string | undefined }): Promise<void> {
  if (env['BERTH_FIRST_RUN_SAMPLE'] !== '1') return;
  const projects = await client.call('projects.list', {});
  if (projects.length === 0) await openSample(client, places, env['BERTH_SAMPLE_BASE_IMAGE']);
}
