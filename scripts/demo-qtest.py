#!/usr/bin/env python3
"""The demo without a guest: a program plays the driver through the qtest socket,
register by register, and moves ARP, ping, and 10 MB of UDP in each direction.

  scripts/demo --qtest             as root: over a tap in a network namespace
  scripts/demo --qtest --user      over user networking (as without root)
  scripts/demo --qtest --keep DIR  keeps the capture and the trace in DIR

Everything it makes (namespace, tap, sockets, processes) is gone afterwards,
also when it is interrupted.
"""
import argparse
import filecmp
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

from demo_common import (TOP, Monitor, build, choose_network, cleanups, fail,
                         main_with_cleanup, print_roads, read_trace, say, stop,
                         trace_options)

SIZE = 10 * 1000 * 1000
SLOT = 4


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
    ] + trace_options(work)
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

    build_dir = build('qemu-system-x86_64', 'tests/qtest/vnet-ping')
    keep = os.path.abspath(args.keep) if args.keep else os.path.join(
        build_dir, 'demo')
    os.makedirs(keep, exist_ok=True)
    work = tempfile.mkdtemp(prefix='vnet-demo-')
    cleanups.append(lambda: shutil.rmtree(work, ignore_errors=True))
    network = choose_network(args.user)
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
    print_roads(lines)
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
    main_with_cleanup(main)
