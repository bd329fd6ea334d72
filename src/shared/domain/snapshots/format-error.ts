/** What was read is not of the form that docs/snapshot-format.md says. `message` is one plain sentence. */
export class SnapshotFormatError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SnapshotFormatError';
  }
}
