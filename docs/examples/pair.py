#!/usr/bin/env python3
"""Pairs with a Bluetooth LE device through bondd, and asks on the terminal.

usage: pair.py ADDRESS [--type public|random] [--adapter hci0] [--bus ADDRESS]

Needs the Debian packages python3-dbus and python3-gi. The program is an agent
(org.bondd.Agent1) as well as the caller who starts the pairing: bondd asks the
agent that the caller's own connection registered.
"""

import argparse
import sys
import threading

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

AGENT_PATH = '/example/agent'
AGENT = 'org.bondd.Agent1'
PAIRING_SECONDS = 120


class Rejected(dbus.DBusException):
    _dbus_error_name = 'org.bondd.Error.Rejected'


class Agent(dbus.service.Object):
    """Answers later: the loop stays free while somebody thinks."""

    def _ask(self, question, understand, done, refuse):
        def wait():
            try:
                answer = understand(input(question + ' ').strip())
            except (ValueError, EOFError):
                GLib.idle_add(refuse, Rejected('refused'))
            else:
                GLib.idle_add(lambda: done(*answer) and False)
        threading.Thread(target=wait, daemon=True).start()

    @staticmethod
    def _yes(line):
        if line.lower() not in ('y', 'yes'):
            raise ValueError(line)
        return ()

    @dbus.service.method(AGENT, 'oa{sv}', '', async_callbacks=('ok', 'err'))
    def RequestAuthorization(self, connection, features, ok, err):
        self._ask('Pair? yes/no', self._yes, ok, err)

    @dbus.service.method(AGENT, 'oua{sv}', '', async_callbacks=('ok', 'err'))
    def RequestConfirmation(self, connection, number, info, ok, err):
        self._ask(f'Does the device show {number:06}? Never type it. yes/no',
                  self._yes, ok, err)

    @dbus.service.method(AGENT, 'oa{sv}', 'u', async_callbacks=('ok', 'err'))
    def RequestPasskey(self, connection, info, ok, err):
        self._ask('Passkey that the device shows (a number to compare is '
                  'none):',
                  lambda line: (dbus.UInt32(int(line)),), ok, err)

    @dbus.service.method(AGENT, 'ouq', '')
    def DisplayPasskey(self, connection, passkey, entered):
        print(f'Type {passkey:06} at the device ({entered} digits are in).')

    @dbus.service.method(AGENT, 'os', 'a{sv}')
    def RequestOob(self, connection, kind):
        raise Rejected('this example has no out-of-band data')

    @dbus.service.method(AGENT, 'os', '')
    def Cancel(self, connection, why):
        print(f'No answer is needed any more: {why}')

    @dbus.service.method(AGENT, '', '')
    def Release(self):
        pass


def main():
    parser = argparse.ArgumentParser(description='Pairs through bondd.')
    parser.add_argument('address')
    parser.add_argument('--type', choices=('public', 'random'),
                        default='public')
    parser.add_argument('--adapter', default='hci0')
    parser.add_argument('--bus', help='in place of the system bus')
    arguments = parser.parse_args()

    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = (dbus.bus.BusConnection(arguments.bus) if arguments.bus
           else dbus.SystemBus())
    agent = Agent(bus, AGENT_PATH)
    manager = dbus.Interface(bus.get_object('org.bondd', '/org/bondd'),
                             'org.bondd.AgentManager1')
    manager.RegisterAgent(agent, 'KeyboardDisplay',
                          dbus.Dictionary({}, signature='sv'))
    adapter = dbus.Interface(
        bus.get_object('org.bondd', '/org/bondd/' + arguments.adapter),
        'org.bondd.Adapter1')
    loop = GLib.MainLoop()
    status = 0

    def paired(result):
        print(f"Paired: {result['Method']}, level {int(result['SecurityLevel'])}"
              f", bond {result['Bond']}")
        loop.quit()

    def failed(error):
        nonlocal status
        status = 1
        print(f'Failed: {error.get_dbus_message()}', file=sys.stderr)
        loop.quit()

    adapter.InitiatePairing(
        arguments.address, arguments.type,
        dbus.Dictionary({'RequireLevel': dbus.Byte(2)}, signature='sv'),
        reply_handler=paired, error_handler=failed, timeout=PAIRING_SECONDS)
    loop.run()
    return status


if __name__ == '__main__':
    sys.exit(main())
