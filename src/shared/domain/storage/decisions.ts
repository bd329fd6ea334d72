import { AppError } from '../../kernel/app-error';

/** The decisions about storage; the first five are scored. */
export type DecisionId = 'application' | 'structure' | 's3-services' | 'networking' | 'testing' | 'bucketStrategy' | 'sharedObjects' | 'resourceAllocation' | 'implementationOrder';

interface Option {
  readonly id: string;
  readonly title: string;
  readonly recommended: boolean;
  readonly reason: string;
}

interface Decision {
  readonly id: DecisionId;
  readonly title: string;
  readonly options: readonly Option[];
}

/** What the page of decisions shows. */
export interface DecisionCard extends Decision {
  readonly chosen: string;
  readonly standing: string;
}

/** What somebody chose so far; what is missing is as recommended. */
export type Choices = { readonly [id in DecisionId]?: string | undefined };

const option = (id: string, title: string, reason: string, recommended = false): Option => ({ id, title, recommended, reason });

const decision = (id: DecisionId, title: string, options: readonly Option[]): Decision => ({ id, title, options });

const DECISIONS: readonly Decision[] = [
  decision('application', 'Application', [
    option('A', 'An application of its own', 'It can be built, tested and replaced without touching the manifests around it.', true),
    option('B', 'Written into the manifest', 'One file, but each change of the program is a change of the deployment.'),
  ]),
  decision('structure', 'File structure', [
    option('A', 'Modular: a folder for each concern', 'Each part can be read, changed and applied by itself.', true),
    option('B', 'One file', 'Quick to begin with, hard to change in parts.'),
  ]),
  decision('s3-services', 'S3 services', [
    option('both', 'Mount and sync', 'Folders for what is worked with now, copies for what is kept: each does what the other cannot.', true),
    option('mount', 'Mount only', 'Nothing is copied away by itself.'),
    option('sync', 'Sync only', 'Services see no bucket as a folder.'),
  ]),
  decision('networking', 'Services and ingress', [
    option('A', 'Separate files', 'What is reachable from outside changes without touching the services.', true),
    option('combined', 'One file', 'Fewer files, but both change together.'),
  ]),
  decision('testing', 'Testing', [
    option('A', 'Containers for tests', 'They test with real files from where the services are, and are gone afterwards.', true),
    option('B', 'By hand', 'Nothing says when storage stops working.'),
  ]),
  decision('bucketStrategy', 'Buckets', [
    option('A', 'Separate buckets', 'No two writers meet: nothing can be overwritten.', true),
    option('B', 'One bucket, a folder for each', 'One wrong path is enough for two writers to meet: it is warned of.'),
    option('C', 'Shared, with conflicts detected', 'Two may write: what both changed is kept in both versions until somebody decides.'),
  ]),
  decision('sharedObjects', 'An object that both wrote', [
    option('hold', 'Hold both until somebody decides', 'The object stays in the bucket, the file in the folder, and the conflict is listed.', true),
    option('keep-both', 'Keep both in the bucket', 'What somebody else wrote gets a name of its own beside it, then the file is copied.'),
    option('newest', 'The newest wins', 'The file is copied where it is newer than the object; what is older is overwritten.'),
  ]),
  decision('resourceAllocation', 'Resources', [
    option('A', 'Mount 128Mi, sync 64Mi', 'A copy that runs now and then needs less than a mount that always runs.', true),
    option('B', '128Mi each', 'The same for both, 64Mi of it mostly unused.'),
    option('C', 'My own figures', 'Written under deploy.resources of each service of the storage file.'),
  ]),
  decision('implementationOrder', 'Order of starting', [
    option('A', 'Conflicts first, then mount, then sync', 'Nothing is started that would overwrite something, and the first thing that fails is seen first.', true),
    option('B', 'Both at once', 'Quicker, and what fails may be either.'),
    option('C', 'Each tested by itself first', 'Slowest, and sure of each part before both run.'),
  ]),
];

const SCORED: readonly DecisionId[] = ['application', 'structure', 's3-services', 'networking', 'testing'];
const NEEDS_RESOLUTION = 'needs conflict resolution';

/** The cards with what is chosen on them, and how many of the five agree with what is recommended. Both S3 services count once it was chosen how they share buckets. */
export function decisionCards(choices: Choices): { readonly decisions: DecisionCard[]; readonly score: number; readonly of: number } {
  const decisions = DECISIONS.map((decision): DecisionCard => {
    const chosen = choices[decision.id] ?? recommendedOf(decision);
    return { ...decision, chosen, standing: standingOf(decision, chosen, choices) };
  });
  return { decisions, score: decisions.filter((one) => SCORED.includes(one.id) && one.standing === 'aligned').length, of: SCORED.length };
}

function standingOf(decision: Decision, chosen: string, choices: Choices): string {
  if (decision.id === 's3-services' && chosen === 'both' && choices.bucketStrategy === undefined) return NEEDS_RESOLUTION;
  return chosen === recommendedOf(decision) ? 'aligned' : 'differs from what is recommended';
}

function recommendedOf(decision: Decision): string {
  return decision.options.find((one) => one.recommended)?.id ?? '';
}

/** A choice with one more made. Rejects what is no decision or none of its options. */
export function withChoice(choices: Choices, id: string, chosen: string): Choices {
  const decision = DECISIONS.find((one) => one.id === id);
  if (decision === undefined) throw new AppError('input-invalid', `There is no decision called ${id}.`, { hint: `There are ${DECISIONS.map((one) => one.id).join(', ')}.` });
  if (decision.options.every((one) => one.id !== chosen)) throw new AppError('input-invalid', `${chosen} is no option of ${id}.`, { hint: `It has ${decision.options.map((one) => `${one.id} (${one.title})`).join(', ')}.` });
  return { ...choices, [decision.id]: chosen };
}

/** What was kept, without what is no choice any more. */
export function choicesOf(kept: { readonly [id: string]: unknown }): Choices {
  return Object.fromEntries(DECISIONS.flatMap(({ id, options }) => (options.some((one) => one.id === kept[id]) ? [[id, kept[id]]] : []))) as Choices;
}

/** What happens to an object that was written from both sides. Only who shares buckets on purpose lets Berth decide. */
export function sharedObjectsOf(choices: Choices): 'hold' | 'keep-both' | 'newest' {
  const chosen = chosenOf(choices, 'bucketStrategy') === 'C' ? chosenOf(choices, 'sharedObjects') : 'hold';
  return chosen === 'keep-both' || chosen === 'newest' ? chosen : 'hold';
}

/** What is chosen, or recommended where nothing is. */
export function chosenOf(choices: Choices, id: DecisionId): string {
  const decision = DECISIONS.find((one) => one.id === id);
  return choices[id] ?? (decision === undefined ? '' : recommendedOf(decision));
}
