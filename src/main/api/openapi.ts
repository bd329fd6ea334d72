import * as z from 'zod';
import { contract as berthContract } from '@shared/contract/contract';
import type { ContractEntry } from '@shared/contract/define';
import { sequencedEvent } from '@shared/contract/events';
import { errorData } from '@shared/contract/schemas/common';
import { componentName } from '@shared/contract/schemas/runtime';
import { ERROR_CODES, type ErrorCode } from '@shared/kernel/error-codes';
import { httpStatus } from './http-status';

const TITLES: { readonly [status: number]: string } = {
  400: 'The request does not fit its schema; details.field names the field.',
  401: 'The token is missing or wrong (on 127.0.0.1 only).',
  403: 'Refused: trust or consent is missing, or the caller is a browser or used another name for this machine.',
  404: 'What was named is not there.',
  405: 'The path does not take this method; Allow says which it takes.',
  408: 'The request took too long to arrive.',
  409: 'Something else is under way, the plan is out of date, or it was cancelled.',
  413: 'The request is too large.',
  415: 'The request is not application/json.',
  422: 'It could not be done; error.code says why.',
  500: 'A bug in Berth.',
  503: 'The engine or a service cannot be reached, or the API is paused or being closed.',
};

/** The OpenAPI 3.1 document of the local API, made from the contract. */
export function openApiDocument(version: string, table: { readonly [name: string]: ContractEntry } = berthContract): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Berth',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description: 'The local API of Berth. It is always on a socket that only this user can open, and on 127.0.0.1 while the setting api.tcp is on; there every route but GET /health needs the token.',
    },
    servers: [{ url: 'http://127.0.0.1:{port}', description: 'While api.tcp is on. runtime.json in the state folder has the port.', variables: { port: { default: '8000' } } }],
    security: [{ token: [] }, {}],
    paths: { ...readPaths(), ...Object.fromEntries(Object.entries(table).map(([name, entry]) => [`/v1/${name}`, { post: route(name, entry) }])) },
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'The content of the file api-token in the state folder. Not needed on the socket.' } },
      schemas: { Error: schema(errorData, 'output'), Failure: { type: 'object', properties: { ok: { const: false }, error: ref('schemas/Error') }, required: ['ok', 'error'] }, Event: schema(sequencedEvent, 'output') },
      responses: Object.fromEntries(Object.entries(TITLES).map(([status, title]) => [`Failure${status}`, { description: `${title}${codesOf(Number(status))}`, content: { 'application/json': { schema: ref('schemas/Failure') } } }])),
    },
  };
}

function readPaths(): object {
  const health = {
    get: {
      summary: 'Whether Berth is there, and the states of its components. Needs no token.',
      tags: ['process'],
      security: [],
      responses: {
        200: json('The process.', {
          type: 'object',
          properties: { pid: { type: 'integer' }, version: { type: 'string' }, heldBy: { type: 'string', description: 'The single command that hosts; it starts no operation of others until it has ended.' }, components: { type: 'array', items: { type: 'object', properties: { name: schema(componentName, 'output'), state: { type: 'string' } }, required: ['name', 'state'] } } },
          required: ['pid', 'version', 'components'],
        }),
        ...failures([403, 405]),
      },
    },
  };
  return {
    '/health': health,
    '/v1/health': health,
    '/metrics': { get: { summary: 'Counts, durations and states, as Prometheus text.', tags: ['process'], responses: { 200: { description: 'Text format 0.0.4.', content: { 'text/plain': { schema: { type: 'string' } } } }, ...failures([401, 403, 405, 503]) } } },
    '/v1/openapi.json': { get: { summary: 'This document.', tags: ['process'], responses: { 200: json('OpenAPI 3.1.', { type: 'object' }), ...failures([401, 403, 405, 503]) } } },
    '/v1/events': { get: eventsRoute() },
  };
}

function eventsRoute(): object {
  const message = { oneOf: [ref('schemas/Event'), { type: 'object', properties: { gap: { const: true } }, required: ['gap'] }] };
  return {
    summary: 'What happens, one event after the other: a JSON object a line, Server-Sent Events when text/event-stream is accepted, or a WebSocket.',
    description: 'With a number to go on from, what was missed comes first; {"gap": true} before it says that more was missed than is kept, and everything has to be asked for again.',
    tags: ['process'],
    parameters: [
      { name: 'since', in: 'query', required: false, description: 'Go on after this seq.', schema: { type: 'integer', minimum: 0 } },
      { name: 'Last-Event-ID', in: 'header', required: false, description: 'The same, as readers of Server-Sent Events send it.', schema: { type: 'integer', minimum: 0 } },
    ],
    responses: {
      101: { description: 'A WebSocket; each message is an event.' },
      200: { description: 'Events until somebody ends the connection.', content: { 'application/x-ndjson': { schema: message }, 'text/event-stream': { schema: message } } },
      ...failures([400, 401, 403, 405, 503]),
    },
  };
}

function route(name: string, entry: ContractEntry): object {
  const answer = entry.kind === 'operation' ? { type: 'object', properties: { operationId: { type: 'string' } }, required: ['operationId'] } : schema(entry.output, 'output');
  const succeeded = { type: 'object', properties: { ok: { const: true }, value: answer }, required: ['ok', 'value'] };
  return {
    operationId: name,
    summary: entry.summary,
    tags: [name.split('.')[0]],
    requestBody: { required: false, description: 'Nothing is the same as {}.', content: { 'application/json': { schema: { ...(schema(entry.input, 'input') as object), additionalProperties: false } } } },
    responses: {
      200:
        entry.kind === 'stream'
          ? { description: 'One JSON object a line: {"item": …}, at the end {"ok": true} or {"ok": false, "error": …}.', content: { 'application/x-ndjson': { schema: answer } } }
          : json(entry.kind === 'operation' ? 'It is in the queue; operations.wait waits for its end.' : 'The answer.', succeeded),
      ...failures(Object.keys(TITLES).map(Number)),
    },
    ...(entry.kind === 'operation' ? { 'x-berth-result': schema(entry.output, 'output') } : {}),
  };
}

function failures(statuses: readonly number[]): object {
  return Object.fromEntries(statuses.map((status) => [status, ref(`responses/Failure${status}`)]));
}

/** The error codes that come with a status, in words. */
function codesOf(status: number): string {
  const codes = (Object.keys(ERROR_CODES) as ErrorCode[]).filter((code) => httpStatus(code) === status);
  return codes.length === 0 ? '' : ` Codes: ${codes.join(', ')}.`;
}

function json(description: string, of: unknown): object {
  return { description, content: { 'application/json': { schema: of } } };
}

function ref(path: string): object {
  return { $ref: `#/components/${path}` };
}

function schema(of: z.ZodType, io: 'input' | 'output'): unknown {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(of, { io, unrepresentable: 'any' }) as { $schema?: string };
  return rest;
}
