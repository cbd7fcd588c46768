// SPDX-License-Identifier: GPL-3.0-or-later
// Asks a camera all that a recorder would ask, with npm's onvif. Arguments: the module, host:port.
// The password comes on standard input. Prints a line of JSON.
'use strict';
const { Cam } = require(process.argv[2]);
const [hostname, port] = process.argv[3].split(':');
const password = require('fs').readFileSync(0, 'utf8');
const found = {};

function ask(cam, name, ...args) {
  return new Promise((resolve, reject) => {
    cam[name](...args, (error, result) => {
      if (error) reject(new Error(`${name}: ${error.message}`));
      else resolve(result);
    });
  });
}

function fail(error) {
  console.error(String(error));
  process.exit(1);
}

new Cam({ hostname, port: Number(port), username: 'admin', password, timeout: 15000 },
  async function onConnect(error) {
    if (error) fail(error);
    try {
      found.information = await ask(this, 'getDeviceInformation');
      found.profiles = [];
      for (const profile of this.profiles) {
        const profileToken = profile.$.token;
        const stream = await ask(this, 'getStreamUri', { protocol: 'RTSP', profileToken });
        const snapshot = await ask(this, 'getSnapshotUri', { profileToken });
        found.profiles.push({
          token: profileToken,
          source: profile.videoSourceConfiguration.sourceToken,
          uri: stream.uri,
          snapshot: snapshot.uri,
        });
      }
      found.scopes = await ask(this, 'getScopes');
      this.once('event', (message) => {
        found.event = message.message.message.data.simpleItem.$;
        console.log(JSON.stringify(found));
        process.exit(0);
      });
      this.on('eventsError', fail);
    } catch (caught) {
      fail(caught);
    }
  });
