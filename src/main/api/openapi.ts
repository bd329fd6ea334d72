import * as z from 'zod';
import { contract as berthContract } from '@shared/contract/contract';
import type { ContractEntry } from '@shared/contract/define';
import { errorData } from '@shared/contract/schemas';

/** The OpenAPI 3.1 document of the local API, made from the contract. */
export function openApiDocument(version: string, table: { readonly [name: string]: ContractEntry } = berthContract): object {
  return {
    openapi: '3.1.0',
    info: { title: 'Berth', version, description: 'The local API of Berth. It is served on a socket that only this user can open; there is no network port.' },
    paths: Object.fromEntries(Object.entries(table).map(([name, entry]) => [`/v1/${name}`, { post: route(name, entry) }])),
    components: { schemas: { Error: schema(errorData, 'output') } },
  };
}

function route(name: string, entry: ContractEntry): object {
  const answer = entry.kind === 'operation' ? { type: 'object', properties: { operationId: { type: 'string' } }, required: ['operationId'] } : schema(entry.output, 'output');
  return {
    operationId: name,
    summary: entry.summary,
    tags: [name.split('.')[0]],
    requestBody: { required: true, content: { 'application/json': { schema: { ...(schema(entry.input, 'input') as object), additionalProperties: false } } } },
    responses: {
      200:
        entry.kind === 'stream'
          ? { description: 'One JSON object a line: {"item": …}, at the end {"ok": true} or {"ok": false, "error": …}.', content: { 'application/x-ndjson': { schema: answer } } }
          : { description: '{"ok": true, "value": …} or {"ok": false, "error": …}.', content: { 'application/json': { schema: { oneOf: [{ type: 'object', properties: { ok: { const: true }, value: answer }, required: ['ok', 'value'] }, { type: 'object', properties: { ok: { const: false }, error: { $ref: '#/components/schemas/Error' } }, required: ['ok', 'error'] }] } } } },
    },
    ...(entry.kind === 'operation' ? { 'x-berth-result': schema(entry.output, 'output') } : {}),
  };
}

function schema(of: z.ZodType, io: 'input' | 'output'): unknown {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(of, { io, unrepresentable: 'any' }) as { $schema?: string };
  return rest;
}
