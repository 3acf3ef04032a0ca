#!/usr/bin/env python3
"""Holds the installed systemd unit: it is valid, and as closed as it was."""

import pathlib
import re
import subprocess
import sys
import tempfile

# Tenths of what `systemd-analyze security` calls the exposure level.
MAX_EXPOSURE = 13


def analyze(*arguments):
    done = subprocess.run(('systemd-analyze', '--no-pager', *arguments),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    return done.returncode, done.stdout


def installable(unit):
    """The unit with what only an installation has taken out."""
    unit = re.sub(r'^ExecStart=\S+', 'ExecStart=/bin/true', unit, flags=re.M)
    return re.sub(r'^Documentation=.*\n', '', unit, flags=re.M)


def main():
    unit = pathlib.Path(sys.argv[1]).read_text(encoding='utf-8')
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / 'bondd.service'
        file.write_text(installable(unit), encoding='utf-8')
        code, said = analyze('verify', file)
        if code != 0 or said.strip():
            problems.append(f'systemd-analyze verify: {code}\n{said}')
        code, said = analyze('security', '--offline=true',
                             f'--threshold={MAX_EXPOSURE}', file)
        if code != 0:
            problems.append(f'systemd-analyze security: {code}\n{said}')
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
