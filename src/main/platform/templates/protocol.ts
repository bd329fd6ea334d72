import type { JsonObject } from '@shared/kernel/json';

/** One rendering, as the thread is asked for it. */
export interface RenderCall {
  /** Every file of the template folder; nothing else can be included. */
  readonly files: { readonly [name: string]: string };
  readonly name: string;
  readonly context: JsonObject;
  readonly fuel: number;
  readonly maxBytes: number;
  /** Only whether it can be read as a template. */
  readonly readOnly?: boolean | undefined;
  /** Set for a run that tells where it is: what is known of each mark. */
  readonly trace?: readonly { readonly plain: number; readonly alone: string }[] | undefined;
}

/** What became of it. A thread that ends without an answer was stopped by the engine itself. */
export type RenderAnswer = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: 'message'; readonly message: string } | { readonly ok: false; readonly reason: 'too-large' };

/** What the thread is given: the number of the mark that a traced run is at, plus one. */
export interface TemplateThreadData {
  readonly place: SharedArrayBuffer;
}
