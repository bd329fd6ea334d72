import { fieldsOf, textField as text } from './protobuf';

/** What one `moby.buildkit.trace` message says: steps that began, ended or failed, and output of commands. */
export interface BuildTrace {
  readonly steps: readonly { readonly digest: string; readonly name: string; readonly started: boolean; readonly completed: boolean; readonly cached: boolean; readonly error: string }[];
  readonly logs: readonly { readonly step: string; readonly text: Buffer }[];
}

/** Decodes the `aux` of a BuildKit trace (moby.buildkit.v1.StatusResponse). What cannot be read is empty: progress is not worth a failed build. */
export function readBuildTrace(aux: string): BuildTrace {
  try {
    const fields = fieldsOf(Buffer.from(aux, 'base64'));
    return {
      steps: fields
        .filter((field) => field.number === 1)
        .map((field) => {
          const vertex = fieldsOf(field.bytes);
          const has = (number: number) => vertex.some((item) => item.number === number);
          return { digest: text(vertex, 1), name: text(vertex, 3), cached: vertex.some((item) => item.number === 4 && item.value === 1), started: has(5), completed: has(6), error: text(vertex, 7) };
        }),
      logs: fields
        .filter((field) => field.number === 3)
        .map((field) => {
          const log = fieldsOf(field.bytes);
          return { step: text(log, 1), text: log.find((item) => item.number === 4)?.bytes ?? Buffer.alloc(0) };
        }),
    };
  } catch {
    return { steps: [], logs: [] };
  }
}
