/** What of a build is told apart when it changed. */
export interface BuildParts {
  /** Which folder and which Dockerfile. */
  readonly place: string;
  /** The names of what lies in the folder. */
  readonly names: string;
  /** The bytes of the files that say what has to be installed. */
  readonly manifests: string;
}

const PART_LENGTH = 12;

/** The identity of a build as its label has it: equal exactly where everything is, with its parts behind it. */
export function joinBuildIdentity(everything: string, parts: BuildParts): string {
  return [everything, ...[parts.place, parts.names, parts.manifests].map((part) => part.slice(0, PART_LENGTH))].join('.');
}

/** The parts of an identity; null for one that has none, as of an image that something else built. */
export function buildPartsOf(identity: string): BuildParts | null {
  const [everything, place, names, manifests] = identity.split('.');
  return everything === undefined || place === undefined || names === undefined || manifests === undefined ? null : { place, names, manifests };
}
