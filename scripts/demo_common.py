"""What the two demos share: cleaning up, networks, QMP, the trace."""
import atexit
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

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


class Tap:
    """A namespace with a tap in it; the host's end has 10.77.0.1."""
    guest, host, listen = '10.77.0.2', '10.77.0.1', '10.77.0.1'
    title = 'a tap in a network namespace of its own'
    takes_pings = True

    def __init__(self):
        self.name = f'vnet-demo-{os.getpid()}'
        run('ip', 'netns', 'add', self.name)
        cleanups.append(lambda: run('ip', 'netns', 'del', self.name))
        for command in ('link set lo up',
                        'tuntap add dev tap0 mode tap vnet_hdr',
                        'addr add 10.77.0.1/24 dev tap0',
                        'link set tap0 up'):
            run('ip', '-n', self.name, *command.split())

    def host_up(self):
        """An interface that waits for its reader has no carrier; when the
        emulator takes it, the carrier comes up with a delay unless the
        interface does too."""
        for state in ('down', 'up'):
            run('ip', '-n', self.name, 'link', 'set', 'tap0', state)

    def enter(self):
        return ['ip', 'netns', 'exec', self.name]

    def netdev(self):
        return 'tap,id=net0,ifname=tap0,script=no,downscript=no'


class User:
    """libslirp in the emulator; the host is 10.0.2.2."""
    guest, host, listen = '10.0.2.15', '10.0.2.2', '127.0.0.1'
    title = 'user networking (libslirp)'
    takes_pings = False

    def enter(self):
        return []

    def host_up(self):
        pass

    def netdev(self):
        return 'user,id=net0'


class Monitor:
    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        for attempt in range(100):
            try:
                self.sock.connect(path)
                break
            except OSError:
                if attempt == 99:
                    fail('the emulator takes no QMP connection')
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


def print_roads(lines):
    """Out and back, of the last packets in the trace."""
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


def trace_options(work):
    """Writes what EVENTS names to trace.log in the folder `work`."""
    with open(os.path.join(work, 'events'), 'w', encoding='utf-8') as events:
        events.write('\n'.join(EVENTS) + '\n')
    return ['-msg', 'timestamp=on',
            '-trace', f'events={os.path.join(work, "events")},'
                      f'file={os.path.join(work, "trace.log")}']


def build(*targets):
    """The folder with what was built."""
    directory = os.path.join(TOP, 'build')
    if not os.path.exists(os.path.join(directory, 'build.ninja')):
        say('demo: configuring')
        run('./configure', cwd=TOP)
    say('demo: building (the first time takes a minute or two)')
    run('ninja', '-C', directory, *targets, cwd=TOP)
    return directory


def choose_network(user):
    if user or os.geteuid() != 0 or not os.path.exists('/dev/net/tun'):
        return User()
    return Tap()


def main_with_cleanup(main):
    """Runs it; whatever was made is gone afterwards, however it ends."""
    atexit.register(cleanup)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
