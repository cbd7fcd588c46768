# SPDX-License-Identifier: GPL-3.0-or-later
"""build-aux/bench."""

import argparse
import importlib
import json
import multiprocessing
import os
import sys

from .figure import table

# Without a name those of the first line are run; the others take long.
USUAL = ('recording', 'detection')
BENCHES = USUAL + ('way', 'large', 'live', 'export', 'year', 'archive-cost')


def in_a_process(name, options, queue):
    """A bench needs a process of its own: a world moves it into namespaces."""
    try:
        queue.put((importlib.import_module(f'bench.{name.replace("-", "_")}').run(options), None))
    except Exception as error:  # told to the parent, which ends with a failure
        queue.put(([], f'{name}: {error}'))


def main():
    parser = argparse.ArgumentParser(prog='build-aux/bench')
    parser.add_argument('names', nargs='*', metavar='NAME', help=', '.join(BENCHES))
    parser.add_argument('--json')
    parser.add_argument('--seconds', type=float, default=60)
    parser.add_argument('--cameras', type=int, default=8)
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in BENCHES]
    if unknown:
        parser.error(f'there is no bench "{unknown[0]}"; there are: {", ".join(BENCHES)}')
    path = os.path.abspath(options.json) if options.json else None

    figures, errors = [], []
    context = multiprocessing.get_context('fork')
    for name in options.names or USUAL:
        queue = context.SimpleQueue()
        child = context.Process(target=in_a_process, args=(name, options, queue))
        child.start()
        child.join()
        if queue.empty():
            errors.append(f'{name}: ended with {child.exitcode}')
            continue
        new, error = queue.get()
        figures.extend(new)
        if error:
            errors.append(error)

    print()
    print('\n'.join(table(figures)))
    if path:
        with open(path, 'w', encoding='utf-8') as file:
            json.dump([figure.record() for figure in figures], file, indent=2)
            file.write('\n')
    for error in errors:
        print(f'Failed: {error}', file=sys.stderr)
    return 1 if errors or any(figure.met is False for figure in figures) else 0


if __name__ == '__main__':
    sys.exit(main())
