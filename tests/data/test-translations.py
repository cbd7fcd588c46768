# SPDX-License-Identifier: GPL-3.0-or-later
"""Every word for people can be translated, and French is complete."""

import pathlib
import re
import shutil
import subprocess
import tempfile

from harness import Skip, tap

ROOT = pathlib.Path(__file__).resolve().parents[2]
PO = ROOT / 'po'
MARKED = re.compile(r'\b(?:_|N_|C_|NC_|Q_|ngettext|g_dngettext|gettext|g_dpgettext2)\s*\(\s*"')


def listed():
    lines = (PO / 'POTFILES.in').read_text(encoding='utf-8').splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith('#')]


def with_words():
    """Files of the tree that hold words for people."""
    found = set()
    for path in (ROOT / 'src').rglob('*'):
        if path.suffix in ('.c', '.h') and MARKED.search(path.read_text(encoding='utf-8')):
            found.add(path)
        elif path.suffix == '.ui' and 'translatable="' in path.read_text(encoding='utf-8'):
            found.add(path)
    for path in (ROOT / 'data').glob('*.in'):
        if '.desktop' in path.name or '.metainfo' in path.name or '.gschema' in path.name:
            found.add(path)
    return {str(path.relative_to(ROOT)) for path in found}


def extract(folder):
    """A fresh template of all words."""
    if shutil.which('xgettext') is None:
        raise Skip('gettext is not installed')
    template = pathlib.Path(folder, 'incamera.pot')
    subprocess.run(
        ['xgettext', '--files-from', PO / 'POTFILES.in', '--directory', ROOT, '--output', template, '--from-code=UTF-8',
         '--add-comments', '--keyword=_', '--keyword=N_', '--keyword=C_:1c,2', '--keyword=NC_:1c,2',
         '--keyword=g_dcgettext:2', '--keyword=g_dngettext:2,3', '--keyword=g_dpgettext2:2c,3',
         '--flag=N_:1:pass-c-format', '--flag=C_:2:pass-c-format', '--flag=NC_:2:pass-c-format',
         '--flag=g_dngettext:2:pass-c-format', '--flag=g_strdup_printf:1:c-format',
         '--flag=g_string_printf:2:c-format', '--flag=g_string_append_printf:2:c-format',
         '--flag=g_error_new:3:c-format', '--flag=g_set_error:4:c-format'],
        check=True, capture_output=True, text=True)
    return template


def test_every_file_with_words_is_listed():
    missing = sorted(with_words() - set(listed()))
    assert not missing, f'not in po/POTFILES.in: {missing}'


def test_every_listed_file_is_there():
    gone = [name for name in listed() if not (ROOT / name).is_file()]
    assert not gone, f'in po/POTFILES.in and not in the tree: {gone}'
    assert len(set(listed())) == len(listed()), 'a file is listed twice'


def test_every_language_is_complete():
    with tempfile.TemporaryDirectory() as folder:
        template = extract(folder)
        for language in (PO / 'LINGUAS').read_text(encoding='utf-8').split():
            merged = pathlib.Path(folder, f'{language}.po')
            subprocess.run(['msgmerge', '--quiet', '--no-fuzzy-matching', '--output-file', merged,
                            PO / f'{language}.po', template], check=True)
            answer = subprocess.run(['msgfmt', '--check', '--statistics', '--output-file', '/dev/null', merged],
                                    check=False, capture_output=True, text=True, env={'LC_ALL': 'C'})
            assert answer.returncode == 0, answer.stderr
            untranslated = subprocess.run(['msgattrib', '--untranslated', '--no-wrap', merged], check=True,
                                          capture_output=True, text=True).stdout
            words = [line for line in untranslated.splitlines() if line.startswith('msgid "') and line != 'msgid ""']
            assert 'untranslated' not in answer.stderr and 'fuzzy' not in answer.stderr, (
                f'{language}: {answer.stderr.strip()}\n' + '\n'.join(words[:40]))


if __name__ == '__main__':
    tap.main(globals())
