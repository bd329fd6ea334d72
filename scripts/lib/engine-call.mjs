import http from 'node:http';
import { requestOptions } from './engine.mjs';
import https from 'node:https';

/** One call to the engine's API, for what the scripts themselves look at. Resolves to the parsed answer, or null when there is none. */
export function engineCall(engine, method, path) {
  const { secure, options } = requestOptions(engine.host);
  return new Promise((resolve, reject) => {
    const request = (secure ? https : http).request({ ...options, method, path, timeout: 60_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => (body += chunk));
      response.on('end', () => {
        if (response.statusCode === 404 && method === 'DELETE') resolve(null);
        else if (response.statusCode >= 400) reject(new Error(`${method} ${path}: ${response.statusCode} ${body.trim()}`));
        else resolve(body ? JSON.parse(body) : null);
      });
    });
    request.on('timeout', () => request.destroy(new Error(`${method} ${path}: no answer`)));
    request.on('error', reject);
    request.end();
  });
}
