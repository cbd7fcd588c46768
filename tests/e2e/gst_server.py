#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""gst-rtsp-server with streams that the test camera does not have. Prints their addresses, then "ready".

    gst_server.py USER PASSWORD-FILE [PATH…]
"""

import pathlib
import sys

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstRtspServer', '1.0')
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

_PICTURES = 'videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=640,height=360,framerate=15/1 ! '
_SOUND = 'audiotestsrc is-live=true wave=ticks ! audio/x-raw,rate=%d,channels=1 ! '
# path: (launch line, Digest or Basic)
STREAMS = {
    '/h264-aac': (_PICTURES + 'x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 ! rtph264pay name=pay0 pt=96 '
                  'aggregate-mode=max-stap ' + _SOUND % 16000 + 'avenc_aac ! rtpmp4gpay name=pay1 pt=97', 'digest'),
    '/b-frames-opus': (_PICTURES + 'x264enc bframes=2 b-adapt=false speed-preset=veryfast rc-lookahead=5 key-int-max=15 ! h264parse ! '
                       'rtph264pay name=pay0 pt=96 mtu=900 ' + _SOUND % 48000 + 'opusenc ! rtpopuspay name=pay1 pt=97', 'basic'),
    '/h265-alaw': (_PICTURES + 'x265enc tune=zerolatency speed-preset=ultrafast key-int-max=15 log-level=none ! rtph265pay name=pay0 pt=96 '
                   'config-interval=-1 ' + _SOUND % 8000 + 'alawenc ! rtppcmapay name=pay1 pt=8', 'digest'),
    '/h264': (_PICTURES + 'x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 ! rtph264pay name=pay0 pt=96', 'digest'),
    '/h265-aac': (_PICTURES + 'x265enc tune=zerolatency speed-preset=ultrafast key-int-max=15 log-level=none ! rtph265pay name=pay0 pt=96 '
                  'aggregate-mode=max ' + _SOUND % 48000 + 'avenc_aac ! rtpmp4gpay name=pay1 pt=97', 'basic'),
    '/jpeg-mulaw': (_PICTURES + 'jpegenc ! rtpjpegpay name=pay0 pt=26 ' + _SOUND % 8000 + 'mulawenc ! rtppcmupay name=pay1 pt=0', 'basic'),
}


def serve(method, user, password):
    server = GstRtspServer.RTSPServer(address='127.0.0.1', service='0')
    token = GstRtspServer.RTSPToken()
    token.set_string('media.factory.role', 'user')
    auth = GstRtspServer.RTSPAuth()
    if method == 'digest':
        auth.set_supported_methods(2)
        auth.add_digest(user, password, token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    for path, (launch, wanted) in STREAMS.items():
        if wanted != method:
            continue
        factory = GstRtspServer.RTSPMediaFactory(launch=f'( {launch} )', shared=True)
        permissions = GstRtspServer.RTSPPermissions()
        structure = Gst.Structure.new_empty('user')
        structure.set_value('media.factory.access', True)
        structure.set_value('media.factory.construct', True)
        permissions.add_role_from_structure(structure)
        factory.set_permissions(permissions)
        server.get_mount_points().add_factory(path, factory)
    server.attach(None)
    return server


Gst.init(None)
name, secret = sys.argv[1], pathlib.Path(sys.argv[2]).read_text(encoding='utf-8')
servers = {method: serve(method, name, secret) for method in ('digest', 'basic')}
for stream in sys.argv[3:] or STREAMS:
    how = STREAMS[stream][1]
    print(f'rtsp://127.0.0.1:{servers[how].get_bound_port()}{stream}', flush=True)
print('ready', flush=True)
GLib.MainLoop().run()
