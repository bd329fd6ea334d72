/** What the filter is asked for while a walk descends, and what it answers. */

/** The texts of the ignore files that lie in one folder; null where there is none. */
export interface IgnoreFiles {
  readonly gitignore: string | null;
  readonly dockerignore: string | null;
}

/** What becomes of one child of a folder. */
export interface FilterVerdict {
  /** Sent, or for a folder: nothing keeps it out as a whole. */
  readonly included: boolean;
  /** A folder that has to be walked: it is included, or a `!` of a .dockerignore may take something in it back. False for files. */
  readonly descend: boolean;
  /** The pattern that decided, as it is written (`*.tmp`, `!keep.tmp`); null when none speaks of it. */
  readonly rule: string | null;
  /** `default`, or file and line below the workspaces folder (`api/.gitignore:2`). */
  readonly source: string | null;
}

/** A part of an ignore file that is not applied, said so that a person can mend it. */
export interface IgnoreNote {
  /** Below the workspaces folder: `api/.dockerignore`. */
  readonly file: string;
  /** Null when it is about the file as a whole. */
  readonly line: number | null;
  readonly message: string;
}

/** The rules as they are seen from one folder. It never changes: a walk keeps one for each folder it is in. */
export interface FolderFilter {
  /** Path of this folder below the workspaces folder, '' for that itself. */
  readonly path: string;
  /** What is wrong with the ignore files of this folder itself, not of those above. */
  readonly notes: readonly IgnoreNote[];
  /** Judges a child by its name. A symbolic link is no directory, wherever it points. */
  child(name: string, isDirectory: boolean): FilterVerdict;
  /** The filter of a folder in this one, with the ignore files that lie in it. */
  into(name: string, ignoreFiles: IgnoreFiles): FolderFilter;
}

/** What a person has set for one project. */
export interface FilterOptions {
  /** Default excludes that this project sends all the same; `.env*` cannot be among them. */
  readonly allowedDefaults?: readonly string[];
}
