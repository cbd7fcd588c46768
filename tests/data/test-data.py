# SPDX-License-Identifier: GPL-3.0-or-later
"""What is installed beside the programs, and what holds for every file of the tree."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree

from harness import Skip, tap

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ['ICAM_BUILD_DIR'])
ICONS = ROOT / 'data/icons/hicolor'


def meson_variable(name):
    match = re.search(rf"^{name} = '([^']*)'", (ROOT / 'meson.build').read_text(encoding='utf-8'), re.M)
    return match[1]


APP_ID = meson_variable('app_id')


def tree(*folders):
    """Files of the project below folders; of all when none is named. What a build or a tool made is left out."""
    for folder in folders or ('build-aux', 'data', 'flatpak', 'po', 'src', 'tests', '.ci'):
        for path in sorted((ROOT / folder).rglob('*')):
            if path.is_file() and not {'__pycache__', 'node_modules'} & set(path.parts):
                yield path
    if not folders:
        yield from (path for path in sorted(ROOT.iterdir()) if path.is_file())


def need(program):
    if shutil.which(program) is None:
        raise Skip(f'{program} is not installed')


def test_the_icon_is_drawn_at_every_size():
    need('rsvg-convert')
    need('identify')
    with tempfile.TemporaryDirectory() as folder:
        for icon, least in ((ICONS / 'scalable/apps/incamera.svg', 20), (ICONS / 'symbolic/apps/incamera-symbolic.svg', 2)):
            for size in (16, 32, 64, 128):
                picture = pathlib.Path(folder, 'icon.png')
                subprocess.run(['rsvg-convert', '-w', str(size), '-h', str(size), '-o', picture, icon], check=True)
                answer = subprocess.run(['identify', '-format', '%w %h %k', picture], check=True, capture_output=True,
                                        text=True).stdout.split()
                width, height, colours = map(int, answer)
                assert (width, height) == (size, size), (icon, answer)
                assert colours >= least, f'{icon.name} at {size}: {colours} colours'


def test_the_symbolic_icon_has_the_one_colour_that_gtk_replaces():
    text = (ICONS / 'symbolic/apps/incamera-symbolic.svg').read_text(encoding='utf-8')
    assert set(re.findall(r'#[0-9a-fA-F]{3,6}', text)) == {'#2e3436'}, text


def test_every_xml_file_is_well_formed():
    count = 0
    for path in tree('data', 'src'):
        if path.suffix in ('.xml', '.svg', '.ui') or path.name.endswith(('.xml.in', '.conf.in')):
            ElementTree.parse(path)
            count += 1
    assert count >= 5, count


def test_the_id_stands_in_one_place():
    # D-Bus interfaces are named in their XML, a Flatpak manifest is named after its id; else meson.build says it.
    allowed = {ROOT / 'meson.build', ROOT / 'data/dbus/recorder1.xml', ROOT / f'flatpak/{APP_ID}.json',
               ROOT / 'flatpak/README.md'}
    for path in tree():
        if path in allowed or path.suffix in ('.po', '.pot', '.png', '.md', '.mp4', '.mkv'):
            continue
        text = path.read_text(encoding='utf-8', errors='replace')
        if path.suffix in ('.c', '.h'):
            # A comment may name an interface; the code takes the name from config.h.
            text = '\n'.join(re.findall(r'"(?:[^"\\\n]|\\.)*"', text))
        assert APP_ID not in text, f'{path.relative_to(ROOT)} spells the application id'


def test_built_files_carry_the_id():
    for name in (f'{APP_ID}.desktop', f'{APP_ID}.metainfo.xml', f'{APP_ID}.gschema.xml'):
        path = BUILD / 'data' / name
        if not path.exists():
            raise Skip('the build is not complete')
        assert '@' not in re.sub(r'\S+@\S+', '', path.read_text(encoding='utf-8')), f'{name} has an open place'
    assert f'Icon={APP_ID}' in (BUILD / f'data/{APP_ID}.desktop').read_text(encoding='utf-8')


def test_services_start_the_recorder():
    name = f'{APP_ID}.Recorder1'
    for path in (BUILD / f'data/services/{name}.service', BUILD / f'data/services/system/{name}.service'):
        text = path.read_text(encoding='utf-8')
        assert f'Name={name}' in text, text
    unit = (BUILD / 'data/services/incamera-recorder.service').read_text(encoding='utf-8')
    assert f'BusName={name}' in unit and 'incamera-recorder' in unit, unit


ALLOWED_IN_FLATPAK = {
    '--socket=wayland', '--socket=fallback-x11', '--share=ipc', '--device=dri', '--share=network',
    '--system-talk-name=org.freedesktop.Avahi', '--filesystem=xdg-videos:create'}


def test_the_flatpak_asks_for_no_more_than_it_needs():
    manifest = json.loads((ROOT / f'flatpak/{APP_ID}.json').read_text(encoding='utf-8'))
    assert manifest['id'] == APP_ID
    assert manifest['command'] == 'incamera'
    assert int(manifest['runtime-version']) >= 45
    assert set(manifest['finish-args']) == ALLOWED_IN_FLATPAK, manifest['finish-args']
    reasons = (ROOT / 'flatpak/README.md').read_text(encoding='utf-8')
    for argument in manifest['finish-args']:
        word = argument.partition('=')[2].removeprefix('system-talk-name=')
        assert word in reasons, f'{argument} has no reason in flatpak/README.md'
    for module in manifest['modules']:
        for source in module['sources']:
            assert source['type'] != 'archive' or re.fullmatch('[0-9a-f]{64}', source['sha256']), source


def test_sources_carry_their_licence():
    missing = [str(path.relative_to(ROOT)) for path in tree('src', 'tests', 'build-aux')
               if path.suffix in ('.c', '.h', '.py', '.js') or (path.parent.name == 'build-aux' and not path.suffix)
               if 'SPDX-License-Identifier: GPL-3.0-or-later' not in path.read_text(encoding='utf-8')[:400]]
    assert not missing, missing


def test_a_file_names_its_log_domain_first():
    wrong = []
    for path in tree('src'):
        if path.suffix != '.c':
            continue
        text = path.read_text(encoding='utf-8')
        domain = re.search(r'#define G_LOG_DOMAIN "([^"]*)"', text)
        room = path.relative_to(ROOT / 'src').parts[0]
        first = re.search(r'#include *["<]([^">]*)', text)
        if domain is None or not domain[1].startswith(f'icam-{room}') or first is None or first[1] != 'config.h':
            wrong.append(str(path.relative_to(ROOT)))
    assert not wrong, wrong


if __name__ == '__main__':
    tap.main(globals())
