// SPDX-License-Identifier: GPL-3.0-or-later
// npm's rtsp-streaming-server: node npm_server.js MODULE USER PASSWORD-FILE PUBLISH-PORT PORT
const fs = require('fs');
const RtspServer = require(process.argv[2]).default;
const [user, file, serverPort, clientPort] = process.argv.slice(3);
const password = fs.readFileSync(file, 'utf8');
const server = new RtspServer({
  serverPort: Number(serverPort),
  clientPort: Number(clientPort),
  rtpPortStart: 20000,
  rtpPortCount: 1000,
  clientServerHooks: {
    authentication: async (name, word) => name === user && word === password,
  },
});
server.start().then(() => console.log('ready'), (error) => { console.error(error); process.exit(1); });
