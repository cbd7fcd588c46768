#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of each combination of codecs, closed in order or torn by kill -9 and mended: every player takes them without complaint."""

import concurrent.futures
import functools
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import threading

from harness import process, tap
from harness.wait import wait_for
from harness.world import Skip

import mkv
from house import House, now_us, probe_file

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 5
# What a browser plays.
FOR_CHROMIUM = ('h264-aac', 'b-frames-opus')

house = None
cameras = {}   # name of the stream: properties
files = {}     # (name, 'closed' or 'torn'): path


def set_up():
    global house
    house = House()
    house.start()
    secret = house.runtime / 'secret'
    secret.write_text(house.password, encoding='utf-8')
    child = house.spawn('gst-rtsp-server', ['/usr/bin/python3', HERE / 'gst_server.py', 'admin', secret])
    wait_for(lambda: 'ready' in child.log_text() or not child.running(), 20, 'gst-rtsp-server')
    if not child.running():
        raise Skip('gst-rtsp-server for Python is not installed')
    for address in re.findall('rtsp://.*', child.log_text()):
        path = house.recorder.add(address, 'admin', house.password)[0]
        cameras[address.rpartition('/')[2]] = house.camera_properties(path) | {'Path': path}


def tear_down():
    house.close()


def wait_long_enough(paths, since):
    """Until the newest file of each was begun after a time and lasts: each stream begins a new one at moments of its own."""
    def lasts(path):
        newest = max(house.segments(path), key=lambda row: row['seq'], default=None)
        return newest and newest['end'] - max(newest['start'], since) >= SECONDS * 1_000_000
    wait_for(lambda: all(map(lasts, paths)), 120, f'{SECONDS} s in the newest file of each')


def test_records_and_is_killed():
    paths = [each['Path'] for each in cameras.values()]
    house.wait_recording(paths, roles=('main',))
    wait_long_enough(paths, 0)
    torn = {name: house.files(each['Channel'], 'main')[-1] for name, each in cameras.items()}
    worker = house.worker_pid()
    killed = now_us()
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: not process.alive(worker), 5, 'the death')
    wait_for(house.worker_pid, 20, 'the recorder to be there again')
    wait_long_enough(paths, killed)
    house.stop_recorder()
    for name, each in cameras.items():
        closed = house.files(each['Channel'], 'main')[-1]
        assert closed != torn[name]
        files[name, 'torn'], files[name, 'closed'] = torn[name], closed
    assert len(files) == 2 * len(cameras)


def need_files():
    assert files, 'nothing was recorded'


def run(command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60, check=False, env=house.env)


def run_all(command):
    """Runs a command for each file, two at a time; command makes it of a path. Yields (name, how, what it said)."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        yield from ((*key, done) for key, done in zip(files, pool.map(lambda path: run(command(path)), files.values())))


def test_codecs_are_as_asked():
    need_files()
    expected = {'h264': {'V_MPEG4/ISO/AVC'}, 'h264-aac': {'V_MPEG4/ISO/AVC', 'A_AAC'}, 'b-frames-opus': {'V_MPEG4/ISO/AVC', 'A_OPUS'},
                'h265-aac': {'V_MPEGH/ISO/HEVC', 'A_AAC'}, 'h265-alaw': {'V_MPEGH/ISO/HEVC', 'A_MS/ACM'}, 'jpeg-mulaw': {'V_MJPEG', 'A_MS/ACM'}}
    for (name, how), path in files.items():
        tracks, blocks = mkv.read(path)
        assert {track.codec for track in tracks.values()} == expected[name], (name, how, tracks)
        for track in tracks:
            assert sum(block.track == track for block in blocks) > SECONDS * 4, f'{name}, {how}: too few packets of track {track}'


def test_ffmpeg():
    need_files()
    for (name, how), path in files.items():
        assert float(probe_file(path)['format']['duration']) > SECONDS - 2, (name, how)
    for name, how, done in run_all(lambda path: ['ffmpeg', '-v', 'error', '-xerror', '-i', path, '-map', '0', '-fps_mode', 'passthrough',
                                                 '-enc_time_base', '-1', '-f', 'null', '-']):
        assert done.returncode == 0 and not done.stderr.strip(), f'{name}, {how}: {done.stderr[-800:]}'


def test_mkvtoolnix():
    need_files()
    if shutil.which('mkvinfo') is None or shutil.which('mkvmerge') is None:
        raise Skip('mkvtoolnix is not installed')
    for (name, how), path in files.items():
        done = run(['mkvinfo', path])
        assert done.returncode == 0 and '(Error' not in done.stdout and 'Warning' not in done.stdout, f'{name}, {how}: {done.stdout[-800:]}'
        # It says 1 for a warning.
        done = run(['mkvmerge', '-o', house.runtime / 'copy.mkv', path])
        assert done.returncode == 0, f'{name}, {how}: {done.stdout[-800:]}'


def test_gstreamer():
    need_files()
    for name, how, done in run_all(lambda path: ['gst-launch-1.0', '-q', 'playbin', f'uri={path.as_uri()}', 'video-sink=fakesink sync=false',
                                                 'audio-sink=fakesink sync=false']):
        said = done.stdout + done.stderr
        assert done.returncode == 0 and 'WARN' not in said and 'ERROR' not in said, f'{name}, {how}: {said[-800:]}'


def test_vlc():
    need_files()
    vlc = shutil.which('cvlc')
    if vlc is None:
        raise Skip('VLC is not installed')
    as_other, options = [], dict(env=dict(house.env, HOME=str(house.runtime)))
    if os.geteuid() == 0:  # it refuses to be root
        as_other = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
        copies = house.runtime / 'films'
        copies.mkdir()
        for folder in (house.runtime.parent, house.runtime, copies):
            folder.chmod(0o755)
    # In the time that they last, all at once.
    running = {}
    for (name, how), path in files.items():
        if as_other:
            path = pathlib.Path(shutil.copy(path, copies / f'{name}-{how}.mkv'))
            path.chmod(0o644)
        running[name, how] = house.spawn(f'vlc-{name}-{how}', [*as_other, vlc, '-I', 'dummy', '--verbose', '2', '--no-color', '--vout', 'dummy',
                                                               '--aout', 'dummy', '--play-and-exit', path], **options)
    for (name, how), child in running.items():
        wait_for(lambda child=child: not child.running(), 60, f'VLC to play {name}, {how}')
        said = child.log_text()
        # What it says of its own speed is not about the file, and it is surprised at the end of each.
        complaints = [line for line in said.splitlines()
                      if re.search(r'(mkv|demux|packetizer|input|decoder) .*error:|(mkv|demux) .*warning:', line) and 'EOF' not in line]
        assert child.popen.returncode == 0 and 'Received first picture' in said, f'{name}, {how}: {said[-800:]}'
        assert not complaints, f'{name}, {how}: {complaints[:10]}'


PAGE = '''<!DOCTYPE html><title>x</title><video id="v" muted></video><script>
const video = document.getElementById('v');
function say(what) { fetch('/said', {method: 'POST', body: JSON.stringify(what)}); }
async function play(name) {
  await new Promise((done) => {
    const finish = (error) => { say({name, error, time: video.currentTime, width: video.videoWidth, duration: video.duration,
      pictures: video.webkitDecodedFrameCount, sound: video.webkitAudioDecodedByteCount}); done(); };
    video.onerror = () => finish(video.error.message || String(video.error.code));
    video.onended = () => finish(null);
    video.ontimeupdate = () => { if (video.currentTime > 2.5) { video.ontimeupdate = null; finish(null); } };
    video.src = '/' + name;
    video.play().catch((error) => say({name, refused: String(error)}));
  });
}
(async () => { for (const name of %s) await play(name); say({done: true}); })();
</script>'''


class Handler(http.server.SimpleHTTPRequestHandler):
    """A folder of films and a page that plays them; what the page says is kept."""

    said = []
    page = ''

    def do_GET(self):
        if self.path == '/page':
            body = self.page.encode()
            self.send_response(200)
            self.send_header('Content-Type', 'text/html')
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        else:
            super().do_GET()

    def do_POST(self):
        self.said.append(json.loads(self.rfile.read(int(self.headers['Content-Length']))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments):
        pass


def test_chromium():
    need_files()
    chromium = shutil.which('chromium')
    if chromium is None:
        raise Skip('Chromium is not installed')
    folder = house.runtime / 'browser'
    folder.mkdir()
    names = []
    for (name, how), path in files.items():
        if name in FOR_CHROMIUM:
            names.append(f'{name}-{how}.mkv')
            shutil.copy(path, folder / names[-1])
    Handler.page = PAGE % json.dumps(names)
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    child = house.spawn('chromium', [chromium, '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
                                     '--disable-background-networking', '--autoplay-policy=no-user-gesture-required',
                                     f'--user-data-dir={house.runtime / "chromium"}', f'http://127.0.0.1:{server.server_port}/page'])
    try:
        wait_for(lambda: any(what.get('done') for what in Handler.said) or not child.running(), 90, 'Chromium to play')
    finally:
        print(f'# {Handler.said}')
        child.stop()
        server.shutdown()
    for name in names:
        said = [what for what in Handler.said if what.get('name') == name]
        assert said and not said[0].get('error') and not said[0].get('refused'), f'{name}: {said}'
        assert said[0]['time'] > 1 and said[0]['width'] == 640 and said[0]['pictures'] > 15 and said[0]['sound'] > 1000, f'{name}: {said}'


tap.main(globals())
