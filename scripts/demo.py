#!/usr/bin/env python3
"""Builds the emulator and lets a virtual machine's network card talk to this
host: ARP, ping, and 10 MB of UDP in each direction.

  scripts/demo             as root: over a tap in a network namespace
  scripts/demo --user      over user networking (what non-root users get)
  scripts/demo --keep DIR  keeps the capture and the trace in DIR

Everything it makes (namespace, tap, sockets, processes) is gone afterwards,
also when it is interrupted.
"""
import argparse
import atexit
import filecmp
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from datetime import datetime

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SIZE = 10 * 1000 * 1000
SLOT = 4

# What a line of the trace means, in the order a reader meets them.
STAGES = {
    'virtio_pci_notify_write': 'the driver writes the queue\'s doorbell',
    'virtio_pci_notify_write_pio': 'the driver writes the legacy doorbell',
    'virtio_queue_notify': 'the transport hands the kick to the queue',
    'virtqueue_pop': 'a chain of descriptors is copied and checked',
    'virtio_net_tx_packet': 'its virtio-net header is read once and checked',
    'net_send': 'the frame goes to the NIC\'s peer',
    'tap_write': 'writev() hands the guest\'s memory to the kernel',
    'net_deliver': 'the peer has taken it',
    'tap_read': 'a frame arrives from the kernel',
    'virtio_net_receive': 'the NIC is offered the frame',
    'virtio_net_rx_packet': 'it fits the rx filter and the guest\'s buffers',
    'virtqueue_fill': 'the used entry is written, not yet visible',
    'virtqueue_flush': 'the used index moves: the driver sees it',
    'virtio_notify': 'the driver wants to hear: an interrupt is due',
    'virtio_pci_notify': 'MSI-X message, or INTx',
    'virtio_net_flush_tx': 'the queue is empty; kicks are enabled again',
}
EVENTS = sorted(STAGES)

cleanups = []


def cleanup():
    while cleanups:
        action = cleanups.pop()
        try:
            action()
        except Exception as problem:  # the others must still run
            print(f'demo: cleaning up: {problem}', file=sys.stderr)


def say(text=''):
    print(text, flush=True)


def fail(text):
    print(f'demo: {text}', file=sys.stderr)
    sys.exit(1)


def run(*command, **kwargs):
    result = subprocess.run(command, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, **kwargs)
    if result.returncode:
        fail(f'{shlex.join(command)} failed:\n{result.stdout}')
    return result.stdout


def stop(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def build():
    directory = os.path.join(TOP, 'build')
    if not os.path.exists(os.path.join(directory, 'build.ninja')):
        say('demo: configuring')
        run('./configure', cwd=TOP)
    say('demo: building (the first time takes a minute or two)')
    run('ninja', '-C', directory, 'qemu-system-x86_64', 'tests/qtest/vnet-ping',
        cwd=TOP)
    return directory


class Tap:
    """A namespace with a tap in it; the host's end has 10.77.0.1."""
    guest, host, listen = '10.77.0.2', '10.77.0.1', '10.77.0.1'
    title = 'a tap in a network namespace of its own'

    def __init__(self):
        self.name = f'vnet-demo-{os.getpid()}'
        run('ip', 'netns', 'add', self.name)
        cleanups.append(lambda: run('ip', 'netns', 'del', self.name))
        for command in ('link set lo up',
                        'tuntap add dev tap0 mode tap vnet_hdr',
                        'addr add 10.77.0.1/24 dev tap0',
                        'link set tap0 up'):
            run('ip', '-n', self.name, *command.split())

    def enter(self):
        return ['ip', 'netns', 'exec', self.name]

    def netdev(self):
        return 'tap,id=net0,ifname=tap0,script=no,downscript=no'


class User:
    """libslirp in the emulator; the host is 10.0.2.2."""
    guest, host, listen = '10.0.2.15', '10.0.2.2', '127.0.0.1'
    title = 'user networking (libslirp)'

    def enter(self):
        return []

    def netdev(self):
        return 'user,id=net0'


def can_make_tap():
    return os.geteuid() == 0 and os.path.exists('/dev/net/tun')


def random_file(path):
    with open(path, 'wb') as out:
        out.write(os.urandom(SIZE))


def start_peer(network, work):
    peer = subprocess.Popen(
        network.enter() + [sys.executable,
                           os.path.join(TOP, 'scripts', 'demo-peer.py'),
                           network.listen, '0',
                           os.path.join(work, 'from-guest'),
                           os.path.join(work, 'to-guest')],
        stdout=subprocess.PIPE, text=True)
    cleanups.append(lambda: stop(peer))
    return peer, int(peer.stdout.readline().split()[-1])


def start_emulator(build_dir, network, work):
    ram = os.path.join(work, 'ram')
    command = [
        os.path.join(build_dir, 'qemu-system-x86_64'),
        '-machine', 'q35,memory-backend=ram', '-m', '64M', '-nodefaults',
        '-display', 'none', '-accel', 'qtest',
        '-object', f'memory-backend-file,id=ram,size=64M,mem-path={ram},'
                   'share=on',
        '-netdev', network.netdev(),
        '-device', f'virtio-net-pci,netdev=net0,addr={SLOT:x},'
                   'disable-legacy=off',
        '-object', 'filter-dump,id=dump0,netdev=net0,'
                   f'file={os.path.join(work, "demo.pcap")}',
        '-qtest', f'unix:{work}/qtest.sock,server=on,wait=off',
        '-qtest-log', 'none',
        '-qmp', f'unix:{work}/qmp.sock,server=on,wait=off',
        '-msg', 'timestamp=on',
        '-trace', f'events={os.path.join(work, "events")},'
                  f'file={os.path.join(work, "trace.log")}',
    ]
    with open(os.path.join(work, 'events'), 'w', encoding='utf-8') as events:
        events.write('\n'.join(EVENTS) + '\n')
    say('demo: ' + shlex.join(command))
    emulator = subprocess.Popen(network.enter() + command)
    cleanups.append(lambda: stop(emulator))
    for _ in range(200):
        if os.path.exists(f'{work}/qmp.sock') or emulator.poll() is not None:
            break
        time.sleep(0.05)
    if emulator.poll() is not None:
        fail('the emulator ended')
    return emulator


class Monitor:
    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        for attempt in range(100):
            try:
                self.sock.connect(path)
                break
            except OSError:
                if attempt == 99:
                    raise
                time.sleep(0.05)
        self.file = self.sock.makefile('rw')
        self.file.readline()
        self.command('qmp_capabilities')

    def command(self, execute, **arguments):
        self.file.write(json.dumps({'execute': execute,
                                    'arguments': arguments}) + '\n')
        self.file.flush()
        while True:
            reply = json.loads(self.file.readline())
            if 'error' in reply:
                fail(f'{execute}: {reply["error"]["desc"]}')
            if 'return' in reply:
                return reply['return']


def read_trace(path):
    """(seconds, event, text) of each line."""
    lines = []
    with open(path, encoding='utf-8', errors='replace') as trace:
        for line in trace:
            match = re.match(r'(\S+)Z (\w+) ?(.*)', line)
            if match:
                when = datetime.fromisoformat(match.group(1)).timestamp()
                lines.append((when, match.group(2), match.group(3)))
    return lines


def road(lines, start_events, end_events, pivot):
    """The lines around the last `pivot`: back to one of start_events, on to
    one of end_events."""
    at = max((i for i, line in enumerate(lines) if line[1] == pivot),
             default=None)
    if at is None:
        return []
    first = at
    while first > 0 and lines[first][1] not in start_events:
        first -= 1
    last = at
    while last + 1 < len(lines) and lines[last][1] not in end_events:
        last += 1
    return lines[first:last + 1]


def print_road(title, lines):
    say(f'\n{title}')
    if not lines:
        fail('the trace has no such packet')
    start = lines[0][0]
    for when, event, text in lines:
        say(f'  +{(when - start) * 1e6:7.0f} us  {event:26} {STAGES[event]}')
        say(f'              {text}')


def interact(network, port, build_dir, work, monitor):
    """Runs the guest; returns the seconds of the two transfers together."""
    guest = subprocess.Popen(
        [os.path.join(build_dir, 'tests', 'qtest', 'vnet-ping'),
         '--qtest', f'{work}/qtest.sock', '--ram', f'{work}/ram',
         '--slot', str(SLOT), '--ip', network.guest, '--peer', network.host,
         '--port', str(port), '--send', f'{work}/sent-by-guest',
         '--receive', f'{work}/received-by-guest', '--pause'],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    cleanups.append(lambda: stop(guest))
    start = None
    for line in guest.stdout:
        if line.strip() == 'paused':
            # The roads come from the pings; the bulk would drown them.
            monitor.command('trace-event-set-state', name='*', enable=False)
            start = time.monotonic()
            guest.stdin.write('\n')
            guest.stdin.flush()
            continue
        say(f'  guest: {line.rstrip()}')
    if guest.wait():
        fail('the guest failed')
    return time.monotonic() - start


def compare(work):
    for name, one, other in (('guest to host', 'sent-by-guest', 'from-guest'),
                             ('host to guest', 'to-guest',
                              'received-by-guest')):
        if not filecmp.cmp(f'{work}/{one}', f'{work}/{other}', shallow=False):
            fail(f'{name}: the bytes differ')
        say(f'  {name}: {SIZE} bytes, all the same')


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--user', action='store_true')
    parser.add_argument('--keep', metavar='DIR')
    args = parser.parse_args()

    atexit.register(cleanup)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))

    build_dir = build()
    keep = os.path.abspath(args.keep) if args.keep else os.path.join(
        build_dir, 'demo')
    os.makedirs(keep, exist_ok=True)
    work = tempfile.mkdtemp(prefix='vnet-demo-')
    cleanups.append(lambda: shutil.rmtree(work, ignore_errors=True))
    network = User() if args.user or not can_make_tap() else Tap()
    say(f'demo: a virtio-net card on {network.title}')
    random_file(f'{work}/sent-by-guest')
    random_file(f'{work}/to-guest')

    peer, port = start_peer(network, work)
    emulator = start_emulator(build_dir, network, work)
    monitor = Monitor(f'{work}/qmp.sock')
    say('demo: the guest (tests/qtest/vnet-ping) brings the card up')
    seconds = interact(network, port, build_dir, work, monitor)
    info = monitor.command('human-monitor-command',
                           **{'command-line': 'info network'})
    monitor.command('quit')
    if emulator.wait(20):
        fail(f'the emulator ended with status {emulator.returncode}')

    lines = read_trace(f'{work}/trace.log')
    # A doorbell that is an eventfd rings without a trace point of its own.
    starts = ('virtio_pci_notify_write', 'virtio_pci_notify_write_pio',
              'virtio_queue_notify')
    print_road('The road of one transmitted packet (the last ping):',
               road(lines, starts, ('virtio_net_flush_tx',),
                    'virtio_net_tx_packet'))
    arrives = any(line[1] == 'tap_read' for line in lines)
    print_road('The road of one received packet (its answer):',
               road(lines, ('tap_read',) if arrives else ('net_send',),
                    ('virtio_pci_notify', 'virtio_net_tx_packet'),
                    'virtio_net_rx_packet'))
    say('\nSummary')
    compare(work)
    say(f'  both transfers took {seconds:.1f} s (each register access of this '
        'guest is a line of text)')
    say('  info network:')
    for line in info.splitlines():
        say(f'    {line}')
    for name in ('demo.pcap', 'trace.log'):
        shutil.copy(f'{work}/{name}', keep)
    say(f'  capture: {keep}/demo.pcap    (tshark -r shows it)')
    say(f'  trace:   {keep}/trace.log')
    say('demo: done')


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
