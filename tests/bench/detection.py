# SPDX-License-Identifier: GPL-3.0-or-later
"""Recording main streams and watching the sub streams for motion, beside Debian's motion, which only watches."""

from harness import process, wait_for

from .figure import Figure
from .setting import WARM, Setting

_MOTION = '''daemon off
setup_mode off
log_level 6
log_file {folder}/motion.log
webcontrol_port 0
stream_port 0
picture_output off
movie_output off
target_dir {folder}
width 640
height 360
framerate 15
'''
_CAMERA = '''camera_id {number}
netcam_url {url}
netcam_userpass {user}:{password}
netcam_params rtsp_transport=tcp
'''


def start_motion(setting):
    folder = setting.world.home / 'motion'
    folder.mkdir()
    text = _MOTION.format(folder=folder)
    for index in range(setting.options.cameras):
        config = folder / f'camera-{index + 1}.conf'
        config.write_text(_CAMERA.format(number=index + 1, url=setting.url(index, 'sub'), user=setting.camera.user,
                                         password=setting.camera.password), encoding='utf-8')
        text += f'camera {config}\n'
    config = folder / 'motion.conf'
    config.write_text(text, encoding='utf-8')
    setting.start_peer('motion', ['motion', '-n', '-c', config])


def run(options):
    print('detection, recording beside it')
    with Setting(options, 'frame') as setting:
        setting.add(setting.camera.devices[0]['onvif'])
        setting.wait_recorded(WARM)
        one = setting.memory()
        for device in setting.camera.devices[1:]:
            setting.add(device['onvif'])
        setting.wait_recorded(WARM)
        recorder = setting.world.recorder
        wait_for(lambda: all(camera['DetectorState'] == 'healthy' for camera in recorder.cameras()), 60,
                 'every detector to be warm')
        start_motion(setting)
        log = setting.world.home / 'motion/motion.log'
        wait_for(lambda: log.read_text(encoding='utf-8').count(') connected') >= options.cameras, 60,
                 'motion to watch every camera')
        # It connects some seconds before it looks at the first picture.
        wait_for(lambda: process.cpu_seconds(setting.peer_pids()) > 0.1 * options.cameras, 60, 'motion to decode')
        ours, theirs = setting.loads(setting.world.recorder_pids(), setting.peer_pids())
        memory = (setting.memory() - one) / max(options.cameras - 1, 1)
        setting.check_complete()
    figures = [Figure('recording main, detection on sub', ours.cpu, 'CPU s per camera-minute', theirs.cpu,
                      'motion, detection alone', 1.35)]
    if options.cameras > 1:
        figures.append(Figure('memory a camera, with detection', memory, 'MiB', goal=16))
    return figures
