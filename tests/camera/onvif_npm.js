// SPDX-License-Identifier: GPL-3.0-or-later
// Asks a camera all that a recorder would ask, with npm's onvif. Arguments: the module, host:port, a name for a preset.
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

function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// Goes somewhere, remembers it, moves on, and stops.
async function move(cam, name) {
  let status;
  await ask(cam, 'absoluteMove', { x: 0.5, y: -0.5, zoom: 0.25 });
  do {
    status = await ask(cam, 'getStatus', {});
  } while (status.moveStatus.panTilt !== 'IDLE');
  found.place = status.position;
  await ask(cam, 'setPreset', { presetName: name });
  const presets = await ask(cam, 'getPresets', {});
  found.presets = Object.entries(presets).map(([key, token]) => ({ name: key, token }));
  await ask(cam, 'continuousMove', { x: 0.5, y: 0, zoom: 0 });
  await wait(100);
  await ask(cam, 'stop', { panTilt: true, zoom: true });
  status = await ask(cam, 'getStatus', {});
  found.moved = status.position.x > 0.5;
  found.stopped = status.moveStatus.panTilt;
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
      const token = this.profiles[0].videoSourceConfiguration.sourceToken;
      await ask(this, 'setImagingSettings', { token, brightness: 66 });
      found.imaging = await ask(this, 'getImagingSettings', { token });
      if (this.uri.ptz) await move(this, process.argv[4]);
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
