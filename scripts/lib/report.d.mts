/** One line per step of the set-up. */
export interface Report {
  line(text: string): void;
  heading(text: string): void;
  doing(text: string): void;
  done(text: string, ms?: number): void;
  skipped(text: string): void;
  warn(text: string): void;
  fail(text: string): void;
  missing(text: string, command?: string): void;
}
export declare function createReport(stream?: NodeJS.WritableStream): Report;
export declare function duration(ms: number): string;
export declare function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string;
