/** What one `moby.buildkit.trace` message says: steps that began, ended or failed, and output of commands. */
export interface BuildTrace {
  readonly steps: readonly { readonly digest: string; readonly name: string; readonly started: boolean; readonly completed: boolean; readonly cached: boolean; readonly error: string }[];
  readonly logs: readonly { readonly step: string; readonly text: Buffer }[];
}

interface Field {
  readonly number: number;
  readonly bytes: Buffer;
  readonly value: number;
}

/** The fields of one protobuf message. Numbers above 2^53 lose precision; none that is read here is. */
function fieldsOf(message: Buffer): readonly Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = message[at];
      if (byte === undefined) throw new RangeError('the message ends early');
      at += 1;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (wire === 0) fields.push({ number, bytes: Buffer.alloc(0), value: varint() });
    else if (wire === 2) {
      const length = varint();
      fields.push({ number, bytes: message.subarray(at, at + length), value: 0 });
      at += length;
    } else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else throw new RangeError('the message is of another kind');
  }
  return fields;
}

/** Decodes the `aux` of a BuildKit trace (moby.buildkit.v1.StatusResponse). What cannot be read is empty: progress is not worth a failed build. */
export function readBuildTrace(aux: string): BuildTrace {
  try {
    const fields = fieldsOf(Buffer.from(aux, 'base64'));
    const text = (items: readonly Field[], number: number) => items.find((item) => item.number === number)?.bytes.toString('utf8') ?? '';
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
