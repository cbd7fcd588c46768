#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window as a person uses it, through the accessibility tree and real input: add a camera, watch it, choose an event, see it play.

What is on the screen is read from the screen: the code in the test camera's pictures tells which camera a tile shows and when that
picture was taken. The screenshots stay in the build folder, under screenshots/.
"""

import subprocess

from gi.repository import GLib

from harness import tap
from harness.wait import wait_for
from harness.world import Skip

from house import House, icamtest, now_us

house = None
tree = None
app = None
pictures = None
looked_at_us = 0  # when the screen was looked at last


def set_up():
    global house, tree, pictures
    house = House()
    missing = house.start(display=True, accessibility=True)
    if missing:
        raise Skip('; '.join(missing))
    tree = house.accessibility
    pictures = house.build / 'screenshots'
    pictures.mkdir(exist_ok=True)


def tear_down():
    keep('99-at-the-end')
    house.close()


def node(role, name=None, contains=None, timeout=15):
    return tree.wait_find(timeout=timeout, role=role, name=name, contains=contains, showing=False)


def press(name, timeout=15, **what):
    tree.press(node('push button', name, timeout=timeout, **what))


def called(role, name):
    """All of that name, also in views that are not seen."""
    for each in tree.walk():
        try:
            if each.get_name() == name and each.get_role_name() == role:
                yield each
        except GLib.Error:
            continue  # it went while we looked


def shown(role, name):
    found = tree.find(role=role, name=name, showing=False)
    return found is not None and found.get_extents(tree.atspi.CoordType.WINDOW).width > 0


def click(name, role, title='In Camera'):
    """A real click into the middle of something. What stands in a hidden view has no size."""
    def place():
        boxes = (each.get_extents(tree.atspi.CoordType.WINDOW) for each in called(role, name))
        return next((box for box in boxes if box.width > 0 and box.height > 0), None)
    box = wait_for(place, 15, f'{role} {name} on the screen')
    left, top, *_ = house.display.geometry(house.display.windows(title)[0])
    house.display.click(left + box.x + box.width // 2 + border(), top + box.y + box.height // 2 + border())


def is_there(role, name=None, contains=None):
    return tree.find(role=role, name=name, contains=contains, showing=False) is not None


def keep(name):
    return house.display.screenshot(pictures / f'{name}.png')


def border():
    """How wide the edge is that the toolkit draws about a window where there is no window manager; places do not count it."""
    frame = tree.find(role='frame', name='In Camera', showing=False).get_extents(tree.atspi.CoordType.WINDOW)
    window = house.display.windows('In Camera')[0]
    return (house.display.geometry(window)[2] - frame.width) // 2


def shown_code(name):
    """What the tile of a camera shows: the code in the picture, read off the screen."""
    tile = tree.find(role='image', name=name, showing=False)
    if tile is None:
        return None
    box = tile.get_extents(tree.atspi.CoordType.WINDOW)
    screen, crop = house.runtime / 'screen.png', house.runtime / 'tile.png'
    global looked_at_us
    looked_at_us = now_us()
    house.display.screenshot(screen)
    if box.width < 100 or box.height < 50:
        return None
    # A tile keeps the shape of its picture: what is above and below it is background.
    width = min(box.width, box.height * 16 // 9)
    height = width * 9 // 16
    edge = border()
    left, top = box.x + (box.width - width) // 2 + edge, box.y + (box.height - height) // 2 + edge
    subprocess.run(['convert', screen, '-crop', f'{width}x{height}+{left}+{top}', '+repage', '-resize', '640x360!', crop],
                   check=True)
    return icamtest.visual_codes_of_file(crop)[0]


def wait_live(name, device, timeout=40):
    """Waits until the tile shows a picture of now, of that device."""
    def live():
        code = shown_code(name)
        if code is None:
            return None
        assert code.device == device, f'{name} shows a picture of device {code.device}'
        return code if looked_at_us - code.utc_us < 2_000_000 else None
    return wait_for(live, timeout, f'a live picture of {name} on the screen')


def test_found_cameras_are_listed_before_any_is_added():
    global app
    app = house.start_app()
    wait_for(tree.applications, 20, 'the window')
    node('label', contains='No picture leaves the house')
    keep('01-empty')
    house.start_camera('--device', 'name=Front door', '--device', 'name=Garden')
    node('push button', 'Add Front door')
    node('push button', 'Add Garden')
    keep('02-found')


def test_add_shows_the_picture_before_it_is_saved():
    press('Add Front door')
    window = wait_for(lambda: house.display.windows('Add camera'), 10, 'the window to add a camera')[0]
    node('text', 'Password')
    # A wrong password first.
    house.display.type(window, 'admin')
    focus_password(window)
    house.display.type(window, 'not it')
    press('Show picture')
    wait_for(lambda: is_there(None, contains='refused the name or the password'), 15,
             'the refused password to be said')
    keep('03-wrong-password')
    focus_password(window)
    house.display.key(window, 'ctrl+a')
    house.display.type(window, house.password)
    press_show_picture()
    wait_for(lambda: probe_state() == 'ready', 20, 'the camera to answer')
    add = wait_for(lambda: sensitive('Add'), 15, 'the button to add')
    wait_for(lambda: house.display.colours() > 2000, 15, 'the picture before it is saved')
    keep('04-add')
    assert not house.recorder.objects('Camera'), 'nothing is saved yet'
    tree.press(add)
    wait_for(lambda: house.recorder.objects('Camera'), 15, 'the camera')


def focus_password(window):
    box = node('text', 'Password').get_extents(tree.atspi.CoordType.WINDOW)
    left, top, *_ = house.display.geometry(window)
    house.display.click(left + box.x + box.width // 2 + border(), top + box.y + box.height // 2 + border())


def press_show_picture():
    for name in ('Show picture', 'Try again'):
        found = sensitive(name)
        if found:
            tree.press(found)
            return
    raise AssertionError('no button to look again')


def sensitive(name):
    for each in tree.walk():
        if (each.get_name() == name and each.get_role_name() == 'push button'
                and each.get_state_set().contains(tree.atspi.StateType.SENSITIVE)):
            return each
    return None


def probe_state():
    return next((each['State'] for each in house.recorder.objects('Probe').values()), None)


def test_wall_shows_each_camera_live_and_as_itself():
    for device in house.cameras[0].devices:
        if not any(each['Address'].startswith(device['onvif']) for each in house.recorder.objects('Device').values()):
            house.add_device(device)
    names = {each['Name'] for each in house.recorder.cameras()}
    assert len(names) == 2
    for device in house.cameras[0].devices:
        code = wait_live(device['name'], device['index'])
        print(f'# {device["name"]}: {(looked_at_us - code.utc_us) / 1e6:.2f} s old on the screen')
    keep('05-wall')


def test_picture_is_saved_as_it_is_shown():
    device = house.cameras[0].devices[1]
    click(device['name'], 'image')
    house.display.key(house.display.windows('In Camera')[0], 'ctrl+s')

    def saved():
        files = list(house.home.rglob(f'{device["name"]} *.png'))
        return files if files and is_there(None, contains='Saved as') else None
    files = wait_for(saved, 15, 'the file and a word about it')
    assert len(files) == 1, files
    code = icamtest.visual_codes_of_file(files[0])[0]
    assert code is not None and code.device == device['index'], f'the file shows {code}'
    assert now_us() - code.utc_us < 15_000_000


def test_one_camera_is_looked_at_closer_and_left_step_by_step():
    name = house.cameras[0].devices[0]['name']
    window = house.display.windows('In Camera')[0]
    click(name, 'image')
    house.display.key(window, 'Return')
    wait_for(lambda: (tile := tree.find(role='image', name=name, showing=False)) is not None
             and tile.get_extents(tree.atspi.CoordType.WINDOW).width > 700, 10, 'one camera on the wall')
    house.display.key(window, 'plus', 'plus')
    wait_for(lambda: shown('push button', '2.2×'), 10, 'how near it is')
    keep('05b-closer')
    wait_for(lambda: (house.display.key(window, 'Escape'), not shown('push button', '2.2×'))[1], 10, 'all of the picture again',
             interval=0.5)
    house.display.key(window, 'Escape')
    for device in house.cameras[0].devices:
        wait_live(device['name'], device['index'])


def test_event_moves_the_wall_to_its_time_and_plays():
    event = wait_for(lambda: next((each for each in house.recorder.events() if each['end']), None), 60, 'an event')
    camera = next(each for each in house.recorder.cameras() if each['Id'] == event['camera'])
    press(None, contains=f'Motion, {camera["Name"]}')
    node('push button', contains='Back to live')
    index = next(device['index'] for device in house.cameras[0].devices if device['name'] == camera['Name'])

    def past():
        code = shown_code(camera['Name'])
        if code is None:
            return None
        assert code.device == index, f'{camera["Name"]} shows a picture of device {code.device}'
        return code if event['start'] - 7_000_000 <= code.utc_us <= event['start'] + 20_000_000 else None
    first = wait_for(past, 20, 'the picture of that time')
    keep('06-event')
    later = wait_for(lambda: (code := past()) and code.utc_us > first.utc_us + 1_000_000 and code, 20, 'it to play on')
    print(f'# begins {(first.utc_us - event["start"]) / 1e6:.1f} s from the event, {(later.utc_us - first.utc_us) / 1e6:.1f} s later on')


def test_back_to_live():
    press(None, contains='Back to live')
    # Escape leaves the one camera that the event opened.
    house.display.key(house.display.windows('In Camera')[0], 'Escape')
    if is_there(None, 'Since you last looked'):
        house.display.key(house.display.windows('In Camera')[0], 'alt+1')
    for device in house.cameras[0].devices:
        wait_live(device['name'], device['index'])
    assert is_there('push button', 'Live')


def test_recorder_killed_and_back_under_the_window():
    import os
    import signal
    killed = now_us()
    os.kill(house.worker_pid(), signal.SIGKILL)
    for device in house.cameras[0].devices:
        def again(device=device):
            code = shown_code(device['name'])
            return code and code.device == device['index'] and code.utc_us > killed + 1_000_000
        wait_for(again, 30, f'live pictures of {device["name"]} again')
    assert app.running()


def test_trouble_is_said_on_the_tile():
    house.cameras[0].control(1, 'hang')
    name = house.cameras[0].devices[1]['name']

    def said():
        return any(text in (each.get_name() or '') for each in tree.walk() for text in (f'{name} has not', f'{name} does not',
                                                                                        f'{name} has sent no'))
    wait_for(said, 30, 'the trouble in words')
    keep('07-trouble')
    house.cameras[0].control(1, 'resume')
    wait_live(name, 1, timeout=50)


def test_several_found_cameras_are_added_at_once():
    # Other serial numbers than those of the cameras that are there.
    house.start_camera('--seed', '7', '--device', 'name=Attic', '--device', 'name=Cellar,lenses=2')
    house.display.key(house.display.windows('In Camera')[0], 'alt+3')
    for name in ('Attic', 'Cellar'):
        node('check box', f'Choose {name}', timeout=20)
    for name in ('Attic', 'Cellar'):
        click(f'Choose {name}', 'check box')
    press('Add 2 cameras…')
    window = wait_for(lambda: house.display.windows('Add cameras'), 10, 'the window to add cameras')[0]
    node('text', 'Password')
    house.display.type(window, 'admin')
    click('Password', 'text', 'Add cameras')
    house.display.type(window, house.password)
    house.display.key(window, 'Return')
    add = wait_for(lambda: sensitive('Add'), 20, 'both to answer')
    assert len(house.recorder.cameras()) == 2, 'nothing is saved yet'
    keep('08-several')
    tree.press(add)
    wait_for(lambda: len(house.recorder.cameras()) == 5, 20, 'three cameras more')
    wait_for(lambda: not house.display.windows('Add cameras'), 10, 'the window to close')


def dialog():
    """The window over the window."""
    main = house.display.windows('In Camera')
    return wait_for(lambda: [each for each in house.display.windows() if each not in main], 10, 'a question')[0]


def open_camera(name):
    window = house.display.windows('In Camera')[0]
    house.display.key(window, 'alt+3')
    click(name, 'list item')
    return wait_for(lambda: tree.find(role='push button', name=f'Remove {name}', showing=False), 10, 'what can be done with it')


def test_password_is_changed_in_the_window():
    name = 'Attic'
    open_camera(name)
    attic = house.recorder.camera(name)
    remove = tree.find(role='push button', name=f'Remove {name}', showing=False).get_extents(tree.atspi.CoordType.WINDOW)
    boxes = [(each, each.get_extents(tree.atspi.CoordType.WINDOW)) for each in called('push button', 'Password…')]
    tree.press(min((pair for pair in boxes if pair[1].width > 0), key=lambda pair: abs(pair[1].y - remove.y))[0])
    question = dialog()
    house.display.type(question, 'a wrong one')
    house.display.key(question, 'Return')
    wait_for(lambda: is_there(None, contains='The new password is kept'), 15, 'a word that it is kept')
    wait_for(lambda: house.recorder.camera(name)['Problem'][0] == 'WrongPassword', 40, 'the wrong password to be used')
    click('New password…', 'push button')
    question = dialog()
    house.display.type(question, house.password)
    house.display.key(question, 'Return')
    house.wait_state(attic['Path'], 'recording', timeout=40)


def test_camera_is_removed_in_the_window():
    name = house.recorder.cameras()[-1]['Name']
    # What is open above it pushes it out of the window.
    click('Attic', 'list item')
    tree.press(open_camera(name))
    question = dialog()
    keep('08-remove')
    # The first button is the one that changes nothing.
    house.display.key(question, 'Return')
    wait_for(lambda: len([each for each in house.display.windows()]) == 1, 10, 'the question to go')
    assert len(house.recorder.cameras()) == 5
    tree.press(tree.find(role='push button', name=f'Remove {name}', showing=False))
    # Keep recordings.
    house.display.key(dialog(), 'alt+k')
    wait_for(lambda: len(house.recorder.cameras()) == 4, 15, 'the camera to go')
    assert name not in [each['Name'] for each in house.recorder.cameras()]
    house.display.key(house.display.windows('In Camera')[0], 'alt+1')


def french():
    """An environment in which the program speaks French, or None where this machine cannot."""
    folder = house.runtime / 'locale'
    folder.mkdir(exist_ok=True)
    done = subprocess.run(['localedef', '-i', 'fr_FR', '-f', 'UTF-8', folder / 'fr_FR.UTF-8'], capture_output=True, check=False)
    if not (folder / 'fr_FR.UTF-8').exists():
        print(f'# no French: {done.stderr.decode().strip()}')
        return None
    return {'LC_ALL': '', 'LANG': 'fr_FR.UTF-8', 'LOCPATH': str(folder), 'INCAMERA_LOCALEDIR': str(house.build / 'po')}


def test_other_looks_are_kept_as_pictures():
    """360 pixels wide, dark, French: made for eyes; that they are made without a word of complaint is what is tested."""
    window = house.display.windows('In Camera')[0]
    # Without a window manager the first one only takes the window out of its own size.
    house.display.resize(window, 400, 640)
    house.display.resize(window, 360, 640)
    wait_for(lambda: house.display.colours() > 2000, 20, 'pictures in a narrow window')
    keep('08-narrow')
    app.stop()
    for look, env in (('dark', {'ADW_DEBUG_COLOR_SCHEME': 'prefer-dark'}),
                      ('french', french()),
                      ('high-contrast', {'ADW_DEBUG_HIGH_CONTRAST': '1'})):
        if env is None:
            continue
        other = house.start_app(env=env)
        wait_for(lambda: house.display.windows('In Camera') and house.display.colours() > 2000, 30, 'the wall')
        if look == 'french':
            node('push button', 'En direct')
        keep(f'09-{look}')
        house.display.key(house.display.windows('In Camera')[0], 'alt+2')
        wait_for(lambda: house.display.colours() > 500, 10, 'the events')
        keep(f'10-{look}-events')
        house.display.key(house.display.windows('In Camera')[0], 'alt+3')
        node('page tab', timeout=5)
        keep(f'11-{look}-cameras')
        assert 'CRITICAL' not in other.log_text() and 'WARNING' not in other.log_text(), other.log_text()[-1500:]
        other.stop()


tap.main(globals())
