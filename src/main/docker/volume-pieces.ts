const HEADER_BYTES = 8;
const STDERR = 2;
const MOST_SAID_BYTES = 4096;

/** Takes docker's multiplexed stream apart without putting its frames together: those of the program have lengths of their own. */
export class PieceReader {
  /** The beginning of what the program wrote for people. */
  said = '';
  private readonly header = Buffer.alloc(HEADER_BYTES);
  private headed = 0;
  private left = 0;

  /** The pieces of the standard output in what arrived. */
  push(chunk: Buffer): readonly Buffer[] {
    const pieces: Buffer[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.left === 0) {
        const taken = Math.min(HEADER_BYTES - this.headed, chunk.length - at);
        chunk.copy(this.header, this.headed, at, at + taken);
        this.headed += taken;
        at += taken;
        if (this.headed < HEADER_BYTES) break;
        this.headed = 0;
        this.left = this.header.readUInt32BE(4);
        continue;
      }
      const piece = chunk.subarray(at, at + this.left);
      at += piece.length;
      this.left -= piece.length;
      if (this.header[0] !== STDERR) pieces.push(piece);
      else if (this.said.length < MOST_SAID_BYTES) this.said += piece.toString('utf8');
    }
    return pieces;
  }
}
