#!/usr/bin/env python3
"""docs_test.py SOURCE BONDCTL BONDD: what is written about bondd is what there is.

docs/dbus-api.md has each method, signal and property of the XML with its
signature, each error that the XML names, and a busctl line for each method that
busctl can call (a bondctl line for those that pass a file descriptor). The
tables of the seeds, the manual page and the completions name only commands and
options that bondctl has; the manual page names each of them; bash completes.
bondd(8) has each option of bondd, bondd.conf(5) each key of the shipped file.
"""

import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

INTERFACES = ('Manager1', 'AgentManager1', 'Adapter1', 'Connection1', 'Bond1',
              'Agent1')
ERROR = re.compile(r'\b(?:Smp\.)?[A-Z][A-Za-z]+\b')
GLOBALS = {'--adapter', '--json', '--bus', '--bus-name', '--help', '--version'}

problems = []


def expect(right, problem):
    if not right:
        problems.append(problem)


def members(file):
    """Each (kind, name) of an interface: the arguments and the comment."""
    builder = ElementTree.TreeBuilder(insert_comments=True)
    root = ElementTree.fromstring(file.read_bytes(),
                                  ElementTree.XMLParser(target=builder))
    found, comment = {}, ''
    for node in root.find('interface'):
        if node.tag is ElementTree.Comment:
            comment = node.text
            continue
        found[node.tag, node.get('name')] = (node, comment)
        comment = ''
    return found


def arguments(node, direction):
    return [arg for arg in node.findall('arg')
            if arg.get('direction', 'in') == direction]


def listed(args):
    return ', '.join(f"{arg.get('type')} {arg.get('name')}" for arg in args)


def errors_in(text):
    match = re.search(r'Errors(?: when set)?: (.*)', ' '.join(text.split()))
    if not match:
        return set()
    plain = re.sub(r'\([^)]*\)', '', match.group(1))
    return set(ERROR.findall(plain))


def check_member(kind, name, node, comment, section, interface):
    where = f'docs/dbus-api.md, {interface}, {name}'
    if kind == 'property':
        row = f"| {name} | `{node.get('type')}` | {node.get('access')} |"
        expect(row in section, f'{where}: no row {row}')
        return
    heading = f'`{name}({listed(arguments(node, "in"))})`'
    out = listed(arguments(node, 'out'))
    if kind == 'signal':
        heading = 'signal ' + heading
    elif out:
        heading += f' -> `{out}`'
    start = section.find(f'#### {heading}\n')
    if start < 0:
        problems.append(f'{where}: no heading "{heading}"')
        return
    text = re.split(r'\n#{2,4} ', section[start + 5:])[0]
    if kind == 'signal':
        return
    expect(errors_in(comment) == errors_in(text.split('\n    busctl')[0]),
           f'{where}: other errors than in the XML')
    if interface == 'Agent1':
        return
    signature = ''.join(arg.get('type') for arg in arguments(node, 'in'))
    if 'h' in signature:
        expect('\n    bondctl ' in text, f'{where}: no bondctl line')
        return
    call = re.search(r'^    busctl .*call org\.bondd /org/bondd\S* '
                     rf'org\.bondd\.{interface} {name}(?: (\S+))?',
                     text, flags=re.M)
    expect(call and (call.group(1) or '') == signature,
           f'{where}: no busctl line with {signature}')


def check_api(source):
    text = (source / 'docs/dbus-api.md').read_text('utf-8')
    for interface in INTERFACES:
        section = re.split(r'\n## ', text.partition(
            f'\n## org.bondd.{interface}\n')[2])[0]
        expect(section, f'docs/dbus-api.md has no section {interface}')
        there = members(source / f'dbus/org.bondd.{interface}.xml')
        for (kind, name), (node, comment) in there.items():
            check_member(kind, name, node, comment, section, interface)
        told = re.findall(r'^#### (?:signal )?`(\w+)\(', section, flags=re.M)
        for name in told:
            expect(any(name == known for _, known in there),
                   f'docs/dbus-api.md: {interface} has no {name}')


def help_of(bondctl, *command):
    return subprocess.run((bondctl, *command, '--help'), text=True, check=True,
                          capture_output=True).stdout


def check_commands(source, bondctl):
    commands = set(re.findall(
        r'^  ([a-z][a-z-]*) ', help_of(bondctl).partition('Subcommands:')[2],
        flags=re.M))
    options = set(GLOBALS)
    for command in commands:
        options |= set(re.findall(r'--[a-zA-Z][a-zA-Z-]*',
                                  help_of(bondctl, command)))
    manual = (source / 'packaging/man/bondctl.1').read_text('utf-8')
    manual = manual.replace('\\-', '-')
    for command in commands:
        expect(re.search(rf'(?<![a-z-]){command}(?![a-z-])', manual),
               f'bondctl(1) does not have {command}')
    for name in ('packaging/man/bondctl.1', 'docs/from-blengine.md',
                 'docs/from-microchip.md', 'packaging/completions/_bondctl',
                 'packaging/completions/bondctl.bash'):
        text = (source / name).read_text('utf-8').replace('\\-', '-')
        if name.startswith('packaging/man'):
            # Another program's, and bondd's own.
            text = text.replace('--peer-', '')
        for option in set(re.findall(r'(?<![\w-])--[a-z][a-zA-Z-]*', text)):
            known = option.replace('_', '-')
            expect(known in options, f'{name}: bondctl has no {option}')


def check_daemon(source, bondd):
    folder = source / 'packaging/man'
    manual = (folder / 'bondd.8').read_text('utf-8').replace('\\-', '-')
    for option in set(re.findall(r'--[a-z-]+', help_of(bondd))):
        expect(re.search(rf'{option}(?![a-z-])', manual),
               f'bondd(8) does not have {option}')
    manual = (folder / 'bondd.conf.5').read_text('utf-8')
    shipped = (source / 'packaging/bondd.conf').read_text('utf-8')
    keys = re.findall(r'^#(\w+)=', shipped, flags=re.M)
    expect(len(keys) > 20, 'bondd.conf shows no keys')
    for key in keys:
        expect(f'{key}=' in manual, f'bondd.conf(5) does not have {key}')


def completed(source, bondctl, *words):
    """What bash offers for the last of the words."""
    script = ('. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
              '_bondctl; printf "%s\\n" "${COMPREPLY[@]}"')
    file = source / 'packaging/completions/bondctl.bash'
    path = f'{pathlib.Path(bondctl).resolve().parent}:/usr/bin:/bin'
    done = subprocess.run(('bash', '--norc', '-c', script, 'bash', file,
                           *words), env={'PATH': path}, text=True, check=True,
                          capture_output=True)
    return set(done.stdout.split())


def check_completion(source, bondctl):
    for words, wanted in (
            (('bondctl', 'ini'), {'initiate-pairing', 'initiate-encryption'}),
            (('bondctl', '-a', 'hci0', 'doctor', '--r'), {'--root'}),
            (('bondctl', 'initiate-pairing', '--io-cap', 'Display'),
             {'DisplayOnly', 'DisplayYesNo'}),
            (('bondctl', 'run', 'SM.set'), {'SM.set_passkey', 'SM.set_oob'})):
        offered = completed(source, bondctl, *words)
        expect(offered == wanted, f'completion of {words}: {offered}')


def main():
    if len(sys.argv) != 4:
        print(__doc__)
        return 2
    source, bondctl, bondd = pathlib.Path(sys.argv[1]), *sys.argv[2:]
    check_api(source)
    check_commands(source, bondctl)
    check_completion(source, bondctl)
    check_daemon(source, bondd)
    for problem in problems:
        print(problem)
    print(f'{len(problems)} problems')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
