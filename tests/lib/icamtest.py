# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the codes that the test camera puts into its pictures, and its log.

A code tells which device, channel and stream a picture came from, which one it was (counter) and
when it was taken (utc_us). It is in an SEI message beside each picture and, visibly, in a strip
along the top of it. See icam-test-code.h, which has the same in C.
"""

import binascii
import json
import os
import socket
import subprocess
import sys
import time
import traceback
import urllib.parse
from collections import namedtuple

Code = namedtuple("Code", "device generation channel stream flags counter utc_us")

STREAMS = ("main", "sub", "extra", "jpeg")
FLAG_LOOP, FLAG_FROZEN, FLAG_ACTOR = 1, 2, 4

_SEI_UUID = b"incam-test-code1"
_BYTES = 20
_COLUMNS = 80


def unpack(data):
    """The code in 20 bytes, or None."""
    if len(data) < _BYTES or data[0] != 0xB2 or data[1] >> 4 != 1:
        return None
    if binascii.crc_hqx(data[:18], 0xFFFF) != int.from_bytes(data[18:20], "big"):
        return None
    stream = data[4] & 0x0F
    return Code(
        device=int.from_bytes(data[2:4], "big"),
        generation=data[1] & 0x0F,
        channel=data[4] >> 4,
        stream=STREAMS[stream] if stream < len(STREAMS) else str(stream),
        flags=data[5],
        counter=int.from_bytes(data[6:10], "big"),
        utc_us=int.from_bytes(data[10:18], "big", signed=True),
    )


def _units(data):
    """The NAL units of a byte stream, without start codes."""
    at = data.find(b"\0\0\1")
    while at >= 0:
        start = at + 3
        at = data.find(b"\0\0\1", start)
        yield data[start:at if at >= 0 else len(data)].rstrip(b"\0")


def code_of_unit(nal):
    """The code in a NAL unit of H.264 or H.265, or None."""
    if len(nal) < 3:
        return None
    if nal[0] & 0x1F == 6:
        payload = nal[1:]
    elif (nal[0] >> 1) & 0x3F == 39:
        payload = nal[2:]
    else:
        return None
    payload = payload.replace(b"\0\0\3", b"\0\0")
    if payload[0:2] != bytes((5, 16 + _BYTES)) or payload[2:18] != _SEI_UUID:
        return None
    return unpack(payload[18:18 + _BYTES])


def codes_of_stream(data, h265=False):
    """The codes of all pictures of a byte stream, in order; None for a picture without one."""
    found = []
    pending = None
    in_picture = False
    for nal in _units(data):
        if not nal:
            continue
        code = code_of_unit(nal)
        if code is not None:
            pending, in_picture = code, False
            continue
        if h265:
            is_slice = (nal[0] >> 1) & 0x3F < 32
            first = is_slice and len(nal) > 2 and nal[2] & 0x80
        else:
            is_slice = nal[0] & 0x1F in (1, 5)
            # first_mb_in_slice of 0 is a single one bit
            first = is_slice and len(nal) > 1 and nal[1] & 0x80
        if is_slice and first and (pending is not None or in_picture or not found):
            found.append(pending)
            pending, in_picture = None, True
        elif is_slice and first:
            found.append(None)
    return found


def video_codec(path):
    """The name of the codec of a file's video, as ffprobe says it."""
    result = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=codec_name",
         "-of", "csv=p=0", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return result.stdout.decode().strip().rstrip(",")


def codes_of_file(path, log_level="error"):
    """The codes of all pictures of a media file, in the order in which they are stored."""
    h265 = video_codec(path) == "hevc"
    filters = "hevc_mp4toannexb" if h265 else "h264_mp4toannexb"
    result = subprocess.run(
        ["ffmpeg", "-v", log_level, "-i", path, "-map", "0:v:0", "-c", "copy", "-bsf:v", filters,
         "-f", "hevc" if h265 else "h264", "-"], stdout=subprocess.PIPE, check=True)
    return codes_of_stream(result.stdout, h265)


def _read_strip(luma, width, height, block):
    if block < 2 or block * _COLUMNS > width + 0.5 or block * 2 > height:
        return None
    means = []
    for bit in range(_BYTES * 8):
        left, top = (bit % _COLUMNS) * block, (bit // _COLUMNS) * block
        x0, x1 = int(left + block * 0.25), int(left + block * 0.75)
        y0, y1 = int(top + block * 0.25), int(top + block * 0.75)
        total = count = 0
        for y in range(y0, max(y0, y1 - 1) + 1):
            row = luma[y * width + x0:y * width + max(x0, x1 - 1) + 1]
            total += sum(row)
            count += len(row)
        means.append(total / max(count, 1))
    dark, light = min(means), max(means)
    if light - dark < 24:
        return None
    bits = "".join("1" if mean > (dark + light) / 2 else "0" for mean in means)
    return unpack(int(bits, 2).to_bytes(_BYTES, "big"))


def code_of_luma(luma, width, height):
    """The code in the strip of a decoded grey picture (one byte a pixel), or None."""
    for block in (width / 80, width / 160, 8):
        code = _read_strip(luma, width, height, block)
        if code is not None:
            return code
    return None


def visual_codes_of_file(path, limit=None):
    """The codes that are seen in the decoded pictures of a media file or an image."""
    probe = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height",
         "-of", "csv=p=0", path], stdout=subprocess.PIPE, check=True)
    width, height = (int(x) for x in probe.stdout.decode().strip().rstrip(",").split(",")[:2])
    command = ["ffmpeg", "-v", "error", "-i", path, "-map", "0:v:0", "-vsync", "passthrough"]
    if limit:
        command += ["-frames:v", str(limit)]
    command += ["-f", "rawvideo", "-pix_fmt", "gray", "-"]
    codes = []
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        while True:
            luma = process.stdout.read(width * height)
            if len(luma) < width * height:
                break
            codes.append(code_of_luma(luma, width, height))
    return codes


def code_of_jpeg(data):
    """The code in the APP9 segment of a JPEG file, or None."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        length = int.from_bytes(data[at + 2:at + 4], "big")
        if data[at + 1] == 0xE9 and data[at + 4:at + 20] == _SEI_UUID:
            return unpack(data[at + 20:at + 40])
        at += 2 + length
    return None


class Log:
    """The log of the test camera: what it really sent, and what really moved."""

    def __init__(self, path):
        self.entries = []
        with open(path, "rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    self.entries.append(json.loads(line))

    def _all(self, kind, **wanted):
        return [e for e in self.entries
                if e["t"] == kind and all(e.get(k) == v for k, v in wanted.items())]

    def frames(self, **wanted):
        """Frames that were handed to a client that plays; narrow with device=, stream=, …"""
        return self._all("frame", **wanted)

    def sessions(self, **wanted):
        """Sessions that ended: first and last counter, number of frames."""
        return self._all("session-end", **wanted)

    def visits(self, **wanted):
        """When actors were in the picture: pairs of begin and end entries (end may be None)."""
        visits, open_visits = [], {}
        for entry in self._all("actor", **wanted):
            key = (entry["device"], entry["channel"])
            if entry["state"] == "begin":
                open_visits[key] = len(visits)
                visits.append([entry, None])
            elif key in open_visits:
                visits[open_visits.pop(key)][1] = entry
        return visits

    def missing(self, codes, device, channel, stream, first=None, last=None):
        """Counters that were sent between first and last and are not among the codes."""
        have = {c.counter for c in codes if c is not None}
        sent = {e["counter"] for e in self.frames(device=device, channel=channel, stream=stream)}
        first = min(have) if first is None else first
        last = max(have) if last is None else last
        return sorted(c for c in sent if first <= c <= last and c not in have)


class Camera:
    """A running incamera-test-camera. Use it in a with statement.

    devices holds what it said about each device (see its --help and the keys of the JSON), password
    is what it wants to hear.
    """

    def __init__(self, program, folder, *arguments, count=1, password="s3cret pass", user="admin",
                 specs=(), env=None):
        self.folder = folder
        self.password = password
        self.user = user
        self.log_path = os.path.join(folder, "camera.log")
        self.control_path = os.path.join(folder, "camera.control")
        password_path = os.path.join(folder, "camera.password")
        with open(os.open(password_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w",
                  encoding="utf-8") as file:
            file.write(password)
        command = [program, "--die-with-parent", "--count", str(max(count, len(specs))),
                   "--log", self.log_path, "--control", self.control_path, "--user", user,
                   "--password-file", password_path]
        for spec in specs:
            command += ["--device", spec]
        self.process = subprocess.Popen(command + list(arguments), stdout=subprocess.PIPE, env=env)
        self.devices = []
        for line in self.process.stdout:
            said = json.loads(line)
            if said.get("ready"):
                break
            self.devices.append(said)
        else:
            raise RuntimeError("The test camera ended with %d" % self.process.wait())
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(self.control_path)
        self._answers = self._socket.makefile("r")

    def command(self, text):
        """Gives a command; raises if it was not obeyed."""
        self._socket.sendall((text + "\n").encode())
        answer = self._answers.readline().strip()
        if answer == "ok" or answer.startswith("["):
            return answer
        raise RuntimeError("%s: %s" % (text, answer or "no answer"))

    def refresh(self):
        """Reads again what the devices are and where."""
        self.devices = json.loads(self.command("list"))

    def url(self, device, channel, stream, with_password=True):
        """The RTSP URL of a stream, for players."""
        for one in self.devices[device]["streams"]:
            if one["channel"] == channel and one["stream"] == stream:
                url = one["url"]
                if with_password:
                    secret = urllib.parse.quote(self.password, safe="")
                    url = url.replace("rtsp://", "rtsp://%s:%s@" % (self.user, secret))
                return url
        raise KeyError(stream)

    def log(self):
        """The log as far as it is written."""
        return Log(self.log_path)

    def close(self):
        """Ends the process."""
        self._socket.close()
        self.process.terminate()
        code = self.process.wait(20)
        self.process.stdout.close()
        if code != 0:
            raise RuntimeError("The test camera ended with %d" % code)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def wait_for(condition, what, timeout=20):
    """Waits until condition() is true, and returns what it returned."""
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError("After %g s still not: %s" % (timeout, what))
        time.sleep(0.02)


class Skip(Exception):
    """What a test raises that cannot run here; its text says why."""


def run_tests(tests):
    """Runs functions as tests, in TAP; their doc strings are the names."""
    print("1..%d" % len(tests), flush=True)
    failed = 0
    for number, test in enumerate(tests, 1):
        name = (test.__doc__ or test.__name__).strip().splitlines()[0].rstrip(".")
        try:
            test()
            print("ok %d - %s" % (number, name), flush=True)
        except Skip as skip:
            print("ok %d - %s # SKIP %s" % (number, name, skip), flush=True)
        except BaseException:  # pylint: disable=broad-except
            failed += 1
            for line in traceback.format_exc().splitlines():
                print("# " + line)
            print("not ok %d - %s" % (number, name), flush=True)
    sys.exit(1 if failed else 0)
