import { createServer } from 'node:http';

const port = Number(process.env.PORT ?? 3000);

createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify({ hello: 'from the workspace api', path: request.url })}\n`);
}).listen(port, () => console.log(`api listens on ${port}`));
