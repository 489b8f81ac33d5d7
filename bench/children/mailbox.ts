import { createServer, type AddressInfo } from 'node:net';

/** An SMTP server (RFC 5321) that takes every mail, and as cheaply as can be. */
const server = createServer((socket) => {
  let inMail = false;
  let rest = '';
  socket.on('error', () => {});
  socket.write('220 bench\r\n');
  socket.on('data', (bytes) => {
    const lines = (rest + bytes.toString('latin1')).split('\r\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (inMail) {
        if (line === '.') inMail = false;
        if (!inMail) socket.write('250 taken\r\n');
      } else if (/^DATA/i.test(line)) {
        inMail = true;
        socket.write('354 go on\r\n');
      } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
      else socket.write('250 fine\r\n');
    }
  });
});
process.on('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', () => process.send!({ url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}` }));
