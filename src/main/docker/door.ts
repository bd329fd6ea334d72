import type { Duplex, Readable } from 'node:stream';
import { Authorizer } from './authorize';
import type { Connection } from './connection';
import { CHANGE_DEADLINE_MS, type EngineAnswer, type EngineCall, type Transport } from './transport';
import type { Authorization, CleanUpAllowance } from './types';

/** Every call of Berth to the engine goes through here: judged first, then sent. */
export class Door {
  readonly authorizer: Authorizer;

  constructor(
    readonly connection: Connection,
    private readonly authorization: Authorization | null,
    shared?: Authorizer,
    private readonly allowance: CleanUpAllowance | null = null,
  ) {
    this.authorizer =
      shared ??
      new Authorizer({
        read: (path, query) => this.read(path, 'look at what is to be changed', query),
        local: () => this.isLocal,
      });
  }

  private isLocal = true;

  /** The same door on behalf of a project. */
  as(authorization: Authorization): Door {
    return new Door(this.connection, authorization, this.authorizer);
  }

  /** The same door on behalf of one clean-up: nothing but what it allows is changed. */
  forCleanUp(allowance: CleanUpAllowance): Door {
    return new Door(this.connection, null, this.authorizer, allowance);
  }

  get onBehalfOf(): Authorization | null {
    return this.authorization;
  }

  async transport(): Promise<Transport> {
    const transport = await this.connection.ready();
    this.isLocal = transport.local;
    return transport;
  }

  async read(path: string, doing: string, query?: EngineCall['query']): Promise<unknown> {
    return (await this.send({ method: 'GET', path, doing, ...(query === undefined ? {} : { query }) })).body;
  }

  /** A call that ends: reads by 10 s, changes by 30 s unless the call says otherwise. */
  async send(call: EngineCall): Promise<EngineAnswer> {
    const transport = await this.transport();
    const judged = await this.authorizer.authorize(call, this.authorization, this.allowance);
    return transport.call(call.method === 'GET' || call.deadlineMs !== undefined ? judged : { ...judged, deadlineMs: CHANGE_DEADLINE_MS });
  }

  /** A call whose answer is a stream. */
  async open(call: EngineCall): Promise<Readable> {
    const transport = await this.transport();
    return transport.open(await this.authorizer.authorize(call, this.authorization, this.allowance));
  }

  /** A call whose connection becomes a two-way stream. */
  async hijack(call: EngineCall): Promise<Duplex> {
    const transport = await this.transport();
    return transport.hijack(await this.authorizer.authorize(call, this.authorization, this.allowance));
  }
}
