#!/usr/bin/env python3
"""Boots an unmodified Debian kernel in the emulator, and lets its virtio_net
driver talk to this host: ping both ways, and 50 MB of TCP each way.

  scripts/demo                 as root: over a tap in a network namespace
  scripts/demo --user          over user networking (what non-root users get)
  scripts/demo --accel tcg     kvm or tcg; without it, KVM where that works
  scripts/demo --machine pc    q35 (the default) or pc
  scripts/demo --keep DIR      keeps capture, trace and console log in DIR
  scripts/demo --qtest         the demo without a guest

Everything it makes (namespace, tap, sockets, processes) is gone afterwards,
also when it is interrupted.
"""
import argparse
import os
import re
import select
import shlex
import shutil
import socket
import subprocess
import tempfile
import time

from demo_common import (TOP, Monitor, build, choose_network, cleanups, fail,
                         main_with_cleanup, print_roads, read_trace, run, say,
                         stop, trace_options)

SIZE = 50 * 1000 * 1000
SEED = 20260906
# The only time limits; a slow CPU is given time.
BOOT_SECONDS = 300
ANSWER_SECONDS = 300


class Agent:
    """The agent in the guest, on the machine's second serial port:
    tests/functional/agent/agent-init.c has the protocol."""

    def __init__(self, path):
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(path)
        self.listening.listen(1)
        self.sock = None
        self.data = b''

    def accept(self):
        self.sock = self.listening.accept()[0]

    def read(self, seconds):
        if not select.select([self.sock], [], [], seconds)[0]:
            fail('the guest gives no answer')
        data = self.sock.recv(65536)
        if not data:
            fail('the emulator ended')
        self.data += data

    def answer(self, seconds):
        """(exit status, output) of the next answer."""
        while True:
            head = re.search(rb'^=(\d+|ready) (\d+)\r?\n', self.data,
                             re.MULTILINE)
            if head and len(self.data) >= head.end() + int(head.group(2)):
                end = head.end() + int(head.group(2))
                text = self.data[head.end():end].decode(errors='replace')
                self.data = self.data[end:]
                return head.group(1), text
            self.read(seconds)

    def start(self, command):
        self.sock.sendall(b'run ' + command.encode() + b'\n')

    def finish(self):
        status, text = self.answer(ANSWER_SECONDS)
        if status != b'0':
            fail(f'the guest: status {status.decode()}: {text}')
        return text

    def run(self, command):
        self.start(command)
        return self.finish()


class Machine:
    """An emulator with the guest in it."""

    def __init__(self, args, network, paths, work):
        self.work = work
        self.console = f'{work}/console.log'
        self.agent = Agent(f'{work}/agent.sock')
        self.started = time.monotonic()
        command = [
            args.emulator or f'{paths.build}/qemu-system-x86_64',
            '-machine', f'{args.machine},accel={args.accel}', '-m', '256M',
            '-nodefaults', '-display', 'none',
            '-kernel', f'{paths.image}/vmlinuz',
            '-initrd', f'{paths.image}/initrd',
            '-append', 'console=ttyS0 agent=ttyS1 panic=-1',
            '-chardev', f'file,id=console,path={self.console}',
            '-serial', 'chardev:console',
            '-chardev', f'socket,id=agent,path={work}/agent.sock',
            '-serial', 'chardev:agent',
            '-netdev', network.netdev(),
            '-device', 'virtio-net-pci,netdev=net0,mac=52:54:00:12:34:56',
            '-object', 'filter-dump,id=dump0,netdev=net0,'
                       f'file={work}/demo.pcap',
            '-qmp', f'unix:{work}/qmp.sock,server=on,wait=off',
        ] + ([] if args.emulator else trace_options(work))
        say('\n$ ' + shlex.join(command) + '\n')
        self.process = subprocess.Popen(network.enter() + command,
                                        stdin=subprocess.DEVNULL)
        cleanups.append(lambda: stop(self.process))
        self.accept()
        self.monitor = Monitor(f'{work}/qmp.sock')
        kvm = self.monitor.command('query-kvm')['enabled']
        self.accel = 'KVM' if kvm else 'the software CPU (tcg)'
        say(f'demo: {self.accel} runs the guest')

    def accept(self):
        """The emulator connects to the agent's socket, or ends."""
        while not select.select([self.agent.listening], [], [], 0.1)[0]:
            if self.process.poll() is not None:
                fail(f'the emulator ended with {self.process.returncode}')
        self.agent.accept()

    def console_text(self):
        with open(self.console, encoding='utf-8', errors='replace') as log:
            return log.read()

    def wait_console(self, text, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            if text in self.console_text():
                return True
            time.sleep(0.05)
        return False

    def seconds(self):
        return time.monotonic() - self.started

    def end(self):
        self.monitor.command('quit')
        if self.process.wait(30):
            fail(f'the emulator ended with {self.process.returncode}')


class Paths:
    def __init__(self):
        self.build = build('qemu-system-x86_64',
                           'tests/functional/guest-agent')
        self.image = f'{self.build}/tests/functional/image'
        self.agent = f'{self.build}/tests/functional/guest-agent'
        if subprocess.run([f'{TOP}/scripts/guest-image', '--agent', self.agent,
                           '--output', self.image], check=False).returncode:
            fail('there is no guest to boot (--qtest needs none)')


def boot(args, network, paths, work):
    """The machine with its userland up."""
    machine = Machine(args, network, paths, work)
    network.host_up()
    if not machine.wait_console('Linux version', BOOT_SECONDS):
        fail(f'no sign of Linux in {BOOT_SECONDS} s')
    say(f'  {machine.seconds():6.1f} s  the kernel\'s first words')
    if not machine.wait_console('agent: userland is up', BOOT_SECONDS):
        fail('the guest does not come up:\n' + machine.console_text()[-3000:])
    status, _ = machine.agent.answer(BOOT_SECONDS)
    if status != b'ready':
        fail('the agent does not greet')
    say(f'  {machine.seconds():6.1f} s  userland: the guest is up')
    return machine


def show(prompt, command, output):
    say(f'\n{prompt} {command}')
    for line in output.rstrip().splitlines():
        say(f'    {line}')


def guest_shows(machine, command):
    output = machine.agent.run(command)
    show('guest#', command, output)
    return output


class Host:
    """Commands on this side of the network. `traffic` is the guest's own
    program, busybox that of its image."""

    def __init__(self, network, paths):
        self.network = network
        self.paths = paths

    def ping(self, address):
        command = ['ping', '-c', '3', '-i', '0.2', '-W', '10', address]
        show('host$', shlex.join(command),
             run(*self.network.enter(), f'{self.paths.image}/busybox',
                 *command))

    def traffic(self, *arguments):
        """Starts it; the port it listens on is its first line."""
        link = f'{self.paths.build}/tests/functional/traffic'
        if not os.path.islink(link):
            os.symlink('guest-agent', link)
        process = subprocess.Popen(self.network.enter() + [link, *arguments],
                                   stdout=subprocess.PIPE, text=True)
        cleanups.append(lambda: stop(process))
        return process, process.stdout.readline().split()[-1]


def bring_up(machine, network):
    guest_shows(machine, 'uname -sr; '
                         'ethtool -i eth0')
    guest_shows(machine, f'ip addr add {network.guest}/24 dev eth0; '
                         'ip link set eth0 up; usleep 300000; '
                         'ip addr show eth0')


def transfer(machine, host, network, to_host):
    """50 MB; both ends must have the same checksum of them."""
    size, seed = str(SIZE), str(SEED)
    if to_host:
        title = 'guest to host'
        peer, port = host.traffic('tcp-recv', '-', '0')
        command = f'traffic tcp-send {network.host} {port} {size} {seed}'
    else:
        title = 'host to guest'
        peer, port = host.traffic('tcp-send', '-', '0', size, seed)
        command = f'traffic tcp-recv {network.host} {port}'
    start = time.monotonic()
    in_guest = guest_shows(machine, command)
    seconds = time.monotonic() - start
    on_host = peer.stdout.read()
    if peer.wait():
        fail(f'the host: {on_host}')
    say(f'    (the host: {on_host.strip()})')
    sums = [re.search(r'(\d+) bytes, sum (\w+)', text).groups()
            for text in (in_guest, on_host)]
    if sums[0] != sums[1] or sums[0][0] != size:
        fail(f'{title}: the bytes differ: {sums}')
    return f'{title}: {SIZE / 1e6:.0f} MB in {seconds:.2f} s, ' \
           f'{SIZE / 1e6 / seconds:.1f} MB/s, the same bytes on both sides'


def keep_files(machine, directory):
    os.makedirs(directory, exist_ok=True)
    say('')
    for name, what in (('demo.pcap', 'the pings; tshark -r shows it'),
                       ('trace.log', 'every station of every ping'),
                       ('console.log', 'what the guest\'s kernel said')):
        if os.path.exists(f'{machine.work}/{name}'):
            shutil.copy(f'{machine.work}/{name}', directory)
            say(f'  {directory}/{name}    ({what})')


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--user', action='store_true')
    parser.add_argument('--accel', metavar='NAME', default='kvm:tcg')
    parser.add_argument('--machine', choices=('q35', 'pc'), default='q35')
    parser.add_argument('--keep', metavar='DIR')
    parser.add_argument('--emulator', metavar='PROGRAM',
                        help='another qemu-system-x86_64 (without the trace)')
    return parser.parse_args()


def main():
    args = parse_arguments()
    paths = Paths()
    work = tempfile.mkdtemp(prefix='vnet-demo-')
    cleanups.append(lambda: shutil.rmtree(work, ignore_errors=True))
    network = choose_network(args.user)
    host = Host(network, paths)
    say(f'demo: a Debian kernel as it is, with a virtio-net card on '
        f'{network.title}')

    machine = boot(args, network, paths, work)
    bring_up(machine, network)
    guest_shows(machine, f'ping -c 3 -i 0.2 -W 10 {network.host}')
    if network.takes_pings:
        host.ping(network.guest)
    # The roads and the capture are of the pings; the bulk would drown them.
    if not args.emulator:
        machine.monitor.command('trace-event-set-state', name='*',
                                enable=False)
    machine.monitor.command('object-del', id='dump0')
    summary = [transfer(machine, host, network, to_host)
               for to_host in (True, False)]
    guest_shows(machine, 'ifconfig eth0')
    info = machine.monitor.command('human-monitor-command',
                                   **{'command-line': 'info network'})
    show('(qemu)', 'info network', info)
    machine.end()

    if not args.emulator:
        print_roads(read_trace(f'{machine.work}/trace.log'))
    say(f'\nSummary: Linux under {machine.accel}')
    for line in summary:
        say(f'  {line}')
    keep_files(machine, os.path.abspath(args.keep) if args.keep
               else os.path.join(paths.build, 'demo'))
    say('demo: done')


if __name__ == '__main__':
    main_with_cleanup(main)
