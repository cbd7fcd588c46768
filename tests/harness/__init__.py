# SPDX-License-Identifier: GPL-3.0-or-later
"""A private world to run whole programs in: buses, Avahi, keyring, display, test cameras, recorder.

Nothing of the user's is touched: home, buses and display are scratch ones that only the child
processes are told of, and where the system allows it the whole process moves into network and mount
namespaces of its own, in which loopback is the only network.

    from harness import World, wait_for

    with World() as world:
        world.start_session_bus()
        world.start_avahi()
        world.start_keyring()
        camera = world.start_camera('--count', '4')
        world.recorder.add(camera.devices[0]['onvif'], camera.user, camera.password)
        world.ctl('list', json=True)

Create the World before anything starts a thread: a process with threads can't enter namespaces.
"""

from .wait import Timeout, wait_for
from .process import Process
from .bus import Bus, Keyring
from .camera import TestCamera
from .recorder import Recorder
from .world import World, Skip

__all__ = ['Bus', 'Keyring', 'Process', 'Recorder', 'Skip', 'TestCamera', 'Timeout', 'World', 'wait_for']
