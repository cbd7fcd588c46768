#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that others wrote, each with a password: what they send is recorded and plays, and a wrong password is called so."""

import os
import pathlib
import shutil
import socket
import subprocess
import urllib.error
import urllib.request

import gi

from harness import tap
from harness.wait import wait_for
from harness.world import Skip

import mkv
from house import House, Refused, now_us, probe_file

SECONDS = 60 if os.environ.get('ICAM_LONG') else 11
STREAMS = ('/h264-aac', '/b-frames-opus', '/h265-alaw', '/jpeg-mulaw')
HERE = pathlib.Path(__file__).resolve().parent

house = None
secret = None     # a file with the password
module = None     # npm's server, or why not
added = {}        # name: camera properties
absent = {}       # name: why


def fetch_module():
    """The server from npm, before the world is closed; a reason in words if it cannot be had."""
    node, npm = shutil.which('node'), shutil.which('npm')
    if not node or not npm:
        return 'node and npm are not installed'
    folder = pathlib.Path(os.environ['ICAM_BUILD_DIR']) / 'npm'
    path = folder / 'node_modules/rtsp-streaming-server'
    if not path.is_dir():
        folder.mkdir(exist_ok=True)
        try:
            done = subprocess.run([npm, 'install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder,
                                   'rtsp-streaming-server@2.1'], capture_output=True, timeout=90, check=False)
        except subprocess.TimeoutExpired:
            return 'npm could not install rtsp-streaming-server in time'
        if done.returncode != 0 or not path.is_dir():
            return 'npm could not install rtsp-streaming-server'
    return path


def set_up():
    global house, module, secret
    module = fetch_module()
    house = House()
    house.start()
    house.password = 'pass word'
    secret = house.runtime / 'secret'
    secret.write_text(house.password, encoding='utf-8')
    secret.chmod(0o644)  # a server may run as somebody else


def tear_down():
    house.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def wait_listening(child, port, timeout=20):
    def listening():
        if not child.running():
            raise RuntimeError(f'{child.name} ended at once:\n{child.log_text()[-2000:]}')
        with socket.socket() as probe:
            return probe.connect_ex(('127.0.0.1', port)) == 0
    wait_for(listening, timeout, f'{child.name} to listen')


def film(seconds=60):
    """A film to serve: H.264 and AAC."""
    path = house.runtime / 'film.mp4'
    if not path.exists():
        done = subprocess.run(
            ['ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=15', '-f', 'lavfi', '-i', 'sine=sample_rate=16000',
             '-t', str(seconds), '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '15', '-c:a', 'aac', '-y', path],
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Skip(f'ffmpeg cannot make a film: {done.stderr.strip()[-200:]}')
        path.chmod(0o644)
        for folder in (house.runtime, house.runtime.parent):
            folder.chmod(0o755)
    return path


def record(name, address, user='admin'):
    """Adds an address, after a wrong password for it was called so."""
    try:
        probe = house.recorder.probe(address, user, 'not it')
        assert probe['State'] == 'failed', f'{name}: a wrong password was taken'
        assert probe['Problem'][0] == 'WrongPassword', f'{name}: a wrong password is called {probe["Problem"]}'
        done = house.ctl('add', address, '--user', user, input='not it\n', check=False)
        assert done.returncode == 5 and 'password' in done.stderr.lower(), (name, done.returncode, done.stderr)
    except Refused as refused:
        assert refused.code == 'WrongPassword', (name, refused)
    path = house.recorder.add(address, user, house.password)[0]
    house.wait_recording([path], roles=('main',))
    added[name] = house.camera_properties(path) | {'Path': path, 'From': now_us()}


def test_gst_rtsp_server():
    try:
        gi.require_version('GstRtspServer', '1.0')
    except ValueError:
        raise Skip('gst-rtsp-server for Python is not installed') from None
    child = house.spawn('gst-rtsp-server', ['/usr/bin/python3', HERE / 'gst_server.py', 'admin', secret, *STREAMS])
    wait_for(lambda: 'ready' in child.log_text() or not child.running(), 20, 'gst-rtsp-server')
    addresses = [line for line in child.log_text().splitlines() if line.startswith('rtsp://')]
    assert len(addresses) == len(STREAMS), child.log_text()
    for address in addresses:
        record('gst' + address.rpartition('/')[2], address)


def test_vlc():
    vlc = shutil.which('cvlc')
    if vlc is None:
        raise Skip('VLC is not installed')
    port = free_port()
    as_other = []
    if os.geteuid() == 0:  # it refuses to be root
        if shutil.which('setpriv') is None:
            raise Skip('VLC does not run as root, and there is no setpriv')
        as_other = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
    child = house.spawn('vlc', [*as_other, vlc, '--no-interact', '--loop', film(), '--sout-keep', '--sout-rtsp-user', 'admin',
                                '--sout-rtsp-pwd', house.password, '--sout', f'#rtp{{sdp=rtsp://127.0.0.1:{port}/film}}'],
                        env=dict(house.env, HOME=str(house.runtime)))
    wait_listening(child, port)
    record('vlc', f'rtsp://127.0.0.1:{port}/film')


def start_motion(method):
    """motion looks at a test camera, and shows what it sees."""
    if shutil.which('motion', path=house.env['PATH']) is None:
        raise Skip('motion is not installed')
    if not house.cameras:
        house.start_camera('--device', 'name=Seen by motion')
    camera = house.cameras[0]
    port = free_port()
    url = next(each['url'] for each in camera.devices[0]['streams'] if each['stream'] == 'sub')
    config = house.settings / f'motion-{port}.conf'
    config.write_text(f'''daemon off
setup_mode off
log_level 5
target_dir {house.runtime}
netcam_url {url}
netcam_userpass {camera.user}:{camera.password}
width 640
height 360
framerate 10
picture_output off
movie_output off
webcontrol_port 0
stream_port {port}
stream_localhost on
stream_maxrate 10
stream_motion off
stream_auth_method {1 if method == 'basic' else 2}
stream_authentication admin:{house.password}
''', encoding='utf-8')
    child = house.spawn(f'motion-{method}', ['motion', '-n', '-c', config])
    address = f'http://127.0.0.1:{port}/'

    def asks_for_password():
        assert child.running(), child.log_text()
        try:
            urllib.request.urlopen(address, timeout=2)
        except urllib.error.HTTPError as error:
            return error.code == 401
        except OSError:
            return False
        return False
    wait_for(asks_for_password, 30, 'motion to have a picture')
    return address


def test_motion_basic():
    record('motion, Basic', start_motion('basic'))


def test_motion_digest():
    record('motion, Digest', start_motion('digest'))


def test_npm_rtsp_streaming_server():
    if isinstance(module, str):
        raise Skip(module)
    publish, port = free_port(), free_port()
    child = house.spawn('npm-server', ['node', HERE / 'npm_server.js', module, 'admin', secret, str(publish), str(port)])
    wait_listening(child, port)
    # It speaks UDP only, and knows a stream's tracks by the address without the slash that GStreamer needs to find them.
    sources = [house.spawn(f'npm-source-{index}', ['ffmpeg', '-v', 'warning', '-re', '-stream_loop', '-1', '-i', film(), '-map', '0:v', '-c', 'copy',
                                                   '-f', 'rtsp', '-rtsp_transport', 'udp', f'rtsp://127.0.0.1:{publish}/film{end}'])
               for index, end in enumerate(('', '/'))]

    def described():
        assert all(source.running() for source in sources), sources[0].log_text() + child.log_text()
        done = subprocess.run(['ffprobe', '-v', 'error', f'rtsp://admin:pass%20word@127.0.0.1:{port}/film/'], capture_output=True, check=False,
                              timeout=20)
        return done.returncode == 0
    wait_for(described, 30, 'the film to be published', interval=0.5)
    record('npm', f'rtsp://127.0.0.1:{port}/film/')


def test_what_was_recorded_plays():
    if not added:
        raise Skip('no server is installed')
    for name, each in added.items():
        house.wait_recorded_until([each['Path']], each['From'] + SECONDS * 1_000_000, roles=('main',), timeout=SECONDS + 20)
    gaps = {name: [gap for gap in house.gaps(each['Path']) if gap['start'] > each['From']] for name, each in added.items()}
    house.stop_recorder()
    for name, each in added.items():
        files = house.files(each['Channel'], 'main')
        assert files, f'{name}: no file'
        duration = packets = 0
        codecs = set()
        for path in files:
            probed = probe_file(path)
            duration += float(probed['format']['duration'])
            packets += int(probed['streams'][0]['nb_read_packets'])
            codecs |= {track.codec for track in mkv.read(path)[0].values()}
            done = subprocess.run(['ffmpeg', '-v', 'error', '-xerror', '-i', path, '-map', '0', '-fps_mode', 'passthrough',
                                   '-enc_time_base', '-1', '-f', 'null', '-'], capture_output=True,
                                  text=True, check=False)
            assert done.returncode == 0 and not done.stderr.strip(), f'{name}: {path} does not decode: {done.stderr[-500:]}'
        print(f'# {name}: {duration:.1f} s, {packets} pictures, {", ".join(sorted(codecs))}, {len(gaps[name])} gaps')
        assert duration >= SECONDS - 1, f'{name}: only {duration} s'
        assert not gaps[name], f'{name}: {gaps[name]}'


tap.main(globals())
