import type { Path } from '../manifest/places';
import type { FileKind } from '../types';
import type { FileFacts } from '../scan/facts';

/** Where something stands in a file. */
export interface LinkPlace {
  readonly document: number;
  readonly item: number | null;
  readonly path: Path;
}

/** What a reference leads to, named as the API does: `core` kinds have no group. */
export interface ObjectUse extends LinkPlace {
  readonly kind: string;
  readonly name: string;
  /** '' where none is written. */
  readonly namespace: string;
  /** Also asked of the object: a key of a ConfigMap or a Secret, a port of a Service. */
  readonly key: string | null;
  readonly port: string | number | null;
  /** What does not happen without it. */
  readonly why: string;
}

/** What a Service selects. */
export interface Selection extends LinkPlace {
  readonly namespace: string;
  readonly labels: { readonly [label: string]: string };
}

/** An object that a file makes. */
export interface MadeObject {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  /** Of a ConfigMap or a Secret; null where they are not known. */
  readonly keys: readonly string[] | null;
  /** Of a Service: names and numbers; null where they are not known. */
  readonly ports: readonly (string | number)[] | null;
}

/** What a kustomization says beside its facts. */
export interface KustomizationLinks {
  readonly isComponent: boolean;
  /** It takes in or makes something that cannot be known from the files. */
  readonly isOpen: boolean;
  /** Something changes objects after they are read. */
  readonly patches: boolean;
  readonly generated: readonly MadeObject[];
  readonly files: readonly FileUse[];
}

/** A file or a folder that must be there. */
export interface FileUse extends LinkPlace {
  readonly to: string;
  /** kustomize: a file, or a folder with a kustomization. component: such a folder only. folder: any. */
  readonly wants: 'file' | 'kustomize' | 'component' | 'folder';
  /** The path is counted from the top of the repository, not from the folder of the file. */
  readonly fromTop: boolean;
  /** What the path belongs to, where that may be another repository. */
  readonly source: string | null;
  /** It is often not kept in git, or may be made before it is needed. */
  readonly isOftenMade: boolean;
  readonly why: string;
}

/** A name in a compose file that must be declared. */
export interface ComposeUse extends LinkPlace {
  readonly of: ComposePart;
  readonly name: string;
}

export type ComposePart = 'services' | 'networks' | 'volumes' | 'configs' | 'secrets';

/** What a compose file declares and names. */
export interface ComposeLinks {
  readonly declared: { readonly [part in ComposePart]: readonly string[] };
  readonly uses: readonly ComposeUse[];
  /** Other compose files it reads, as they are written. */
  readonly includes: readonly string[];
}

/** Everything of one file that leads somewhere, or that something can lead to. */
export interface FileLinks {
  readonly path: string;
  readonly kind: FileKind;
  /** It may make objects of any name: a template, a file that is encrypted or of which not even words can be read. */
  readonly isOpen: boolean;
  /** Of a file that cannot be read: the words in it, of which an object it makes would be one. Null for any other, and where they do not tell. */
  readonly words: readonly string[] | null;
  readonly facts: FileFacts | null;
  readonly made: readonly MadeObject[];
  /** Labels of pods that this file's objects make, each with the namespace. */
  readonly pods: readonly { readonly namespace: string; readonly labels: { readonly [label: string]: string } }[];
  readonly uses: readonly ObjectUse[];
  readonly selections: readonly Selection[];
  readonly files: readonly FileUse[];
  /** Texts in custom resources: a controller may make an object of any such name. */
  readonly mentions: readonly string[];
  readonly kustomization: KustomizationLinks | null;
  readonly compose: ComposeLinks | null;
}
