# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays an H.264 byte stream with delimiters again and again over RTSP, each packet written by itself. Prints its address.

    python3 -m bench.rtsp_server FILE PICTURES-A-SECOND
"""

import itertools
import pathlib
import sys
import threading
import time

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstApp', '1.0')
gi.require_version('GstRtspServer', '1.0')
from gi.repository import GLib, Gst, GstApp, GstRtspServer  # noqa: E402, F401

_DELIMITER = b'\0\0\0\1\x09'


def apart(pad, info):
    """Takes the lists of the payloader apart."""
    packets = info.get_buffer_list()
    for index in range(packets.length()):
        pad.push(packets.get(index))
    return Gst.PadProbeReturn.DROP


def play(source, pictures, interval):
    """Until nobody wants more."""
    due = time.monotonic()
    for picture in itertools.cycle(pictures):
        if source.emit('push-buffer', Gst.Buffer.new_wrapped(picture)) != Gst.FlowReturn.OK:
            return
        due += interval
        time.sleep(max(due - time.monotonic(), 0))


def main():
    path, rate = sys.argv[1:]
    Gst.init(None)
    pictures = [_DELIMITER + picture for picture in pathlib.Path(path).read_bytes().split(_DELIMITER)[1:]]

    def wanted(source, _bytes):
        source.disconnect_by_func(wanted)
        threading.Thread(target=play, args=(source, pictures, 1 / float(rate)), daemon=True).start()

    def configure(_factory, media):
        media.get_element().get_by_name('source').connect('need-data', wanted)
        media.get_element().get_by_name('pay0').get_static_pad('src').add_probe(Gst.PadProbeType.BUFFER_LIST, apart)

    server = GstRtspServer.RTSPServer(address='127.0.0.1', service='0')
    factory = GstRtspServer.RTSPMediaFactory(
        launch='( appsrc name=source is-live=true format=time do-timestamp=true max-bytes=0 '
               'caps=video/x-h264,stream-format=byte-stream,alignment=au ! h264parse ! '
               'rtph264pay name=pay0 pt=96 )')
    factory.connect('media-configure', configure)
    server.get_mount_points().add_factory('/main', factory)
    server.attach(None)
    print(f'rtsp://127.0.0.1:{server.get_bound_port()}/main', flush=True)
    GLib.MainLoop().run()


if __name__ == '__main__':
    main()
