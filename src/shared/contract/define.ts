import type * as z from 'zod';
import { ERROR_CODES, type ErrorCode } from '../kernel/error-codes';

/**
 * query: reads, changes nothing. command: changes only Berth's own records, answers at once.
 * operation: changes the world; it is enqueued, journaled, can be cancelled, and is answered with its id
 * (doors that wait, like the CLI, then wait for its `output`).
 */
export type EntryKind = 'query' | 'command' | 'operation' | 'stream';

/** An answer that is no error, and still not what was hoped for: the CLI ends with the exit code of that error. */
export interface ExitRule<V = unknown> {
  readonly as: ErrorCode;
  /** For --help and the reference page, behind "Ends with 4 when". */
  readonly when: string;
  is(value: V): boolean;
}

/**
 * One thing Berth can do. Types, dispatch, IPC, CLI commands and flags, the local API, the palette and the
 * reference page are all made from these entries.
 */
export interface ContractEntry {
  readonly kind: EntryKind;
  /** One sentence for --help, the palette and the reference page. */
  readonly summary: string;
  readonly input: z.ZodObject;
  /** query/command: the answer. operation: the result once it succeeded. stream: one item. */
  readonly output: z.ZodType;
  /** Inputs that the CLI takes as positional words, in order. A last one whose schema is an array takes the rest. */
  readonly positional: readonly string[];
  /** Inputs that are paths of the machine: the CLI makes them absolute, the window may only send handles. */
  readonly paths: readonly string[];
  /** Inputs that are secrets, each with the environment variable the CLI takes it from (or else asks for it): never words of a command line. */
  readonly secrets: { readonly [input: string]: string };
  /** Inputs that are the text of a file: the CLI takes the path of a file that has it, or - for standard input. */
  readonly contents: readonly string[];
  /** Answers that end with another exit code than 0; the first that fits counts. */
  readonly exits: readonly ExitRule[];
  /** True when the CLI must ask (or be given --yes) before it runs. */
  readonly asks: boolean;
  /** True for an operation that changes files of a project: its plan is shown to whoever is to agree to it. */
  readonly plans: boolean;
  /** True when the CLI does not show it as a command (the doors use it themselves). */
  readonly hidden: boolean;
}

export function entry<K extends EntryKind, I extends z.ZodObject, O extends z.ZodType>(parts: {
  kind: K;
  summary: string;
  input: I;
  output: O;
  positional?: readonly string[];
  paths?: readonly string[];
  secrets?: { readonly [input: string]: string };
  contents?: readonly string[];
  exits?: readonly ExitRule<z.output<O>>[];
  asks?: boolean;
  plans?: boolean;
  hidden?: boolean;
}): { kind: K; summary: string; input: I; output: O; positional: readonly string[]; paths: readonly string[]; secrets: { readonly [input: string]: string }; contents: readonly string[]; exits: readonly ExitRule<z.output<O>>[]; asks: boolean; plans: boolean; hidden: boolean } {
  return {
    kind: parts.kind,
    summary: parts.summary,
    input: parts.input,
    output: parts.output,
    positional: parts.positional ?? [],
    paths: parts.paths ?? [],
    secrets: parts.secrets ?? {},
    contents: parts.contents ?? [],
    exits: parts.exits ?? [],
    asks: parts.asks ?? false,
    plans: parts.plans ?? false,
    hidden: parts.hidden ?? false,
  };
}

/** What the CLI ends with after this answer. */
export function exitCodeOf({ exits }: Pick<ContractEntry, 'exits'>, value: unknown): number {
  const met = exits.find((rule) => rule.is(value));
  return met === undefined ? 0 : ERROR_CODES[met.as];
}
