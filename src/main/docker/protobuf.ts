/** One field of a protobuf message, as far as Berth reads them: bytes, or a number. */
export interface ProtobufField {
  readonly number: number;
  readonly bytes: Buffer;
  readonly value: number;
}

/** The fields of one protobuf message. Numbers above 2^53 lose precision; none that is read here is. Throws `RangeError` for what is none. */
export function fieldsOf(message: Buffer): readonly ProtobufField[] {
  const fields: ProtobufField[] = [];
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

/** The text of a field; empty when the message has none of that number. */
export function textField(fields: readonly ProtobufField[], number: number): string {
  return fields.find((field) => field.number === number)?.bytes.toString('utf8') ?? '';
}

function varintOf(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

/** One field with bytes or text in it; an empty one is left out, as protobuf does it. */
export function bytesField(number: number, value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  return bytes.length === 0 ? Buffer.alloc(0) : Buffer.concat([varintOf(number * 8 + 2), varintOf(bytes.length), bytes]);
}

/** One field with a number in it. */
export function numberField(number: number, value: number): Buffer {
  return Buffer.concat([varintOf(number * 8), varintOf(value)]);
}
