#!/usr/bin/env python3
"""The host's end of scripts/demo: an ordinary UDP socket.

  demo-peer.py ADDRESS PORT RECEIVED-FILE FILE-TO-SEND

Receives a file from the guest, then sends one to it; tests/qtest/vnet-ping.c
describes the exchange. Bursts are sent with UDP_SEGMENT, so that the kernel
carries many datagrams as one large packet as far as it can.
"""
import socket
import struct
import sys

CHUNK = 1400
WINDOW = 32
UDP_SEGMENT = 103


def receive(sock, path):
    chunks = {}
    expected = 0
    with open(path, 'wb') as out:
        while True:
            data, peer = sock.recvfrom(65536)
            kind, number = data[:1], struct.unpack('>I', data[1:5])[0]
            if kind == b'D':
                chunks[number] = data[5:]
                while expected in chunks:
                    out.write(chunks.pop(expected))
                    expected += 1
                # One answer for many datagrams; the last of a window always.
                if number % 8 == 7 or number != expected - 1:
                    sock.sendto(b'A' + struct.pack('>I', expected), peer)
                else:
                    sock.setblocking(False)
                    try:
                        sock.recv(1, socket.MSG_PEEK)
                    except BlockingIOError:
                        sock.sendto(b'A' + struct.pack('>I', expected), peer)
                    sock.setblocking(True)
            elif kind == b'E':
                if number == expected:
                    sock.sendto(b'F' + struct.pack('>I', expected), peer)
                    return
                sock.sendto(b'A' + struct.pack('>I', expected), peer)


def send(sock, path):
    with open(path, 'rb') as source:
        data = source.read()
    total = (len(data) + CHUNK - 1) // CHUNK
    segmented = True
    while True:
        request, peer = sock.recvfrom(65536)
        kind, first = request[:1], struct.unpack('>I', request[1:5])[0]
        if kind == b'E':  # our answer was lost
            sock.sendto(b'F' + request[1:5], peer)
            continue
        if kind != b'G':
            continue
        if first >= total:
            sock.sendto(b'e' + struct.pack('>I', total), peer)
            continue
        datagrams = [b'd' + struct.pack('>I', n) +
                     data[n * CHUNK:(n + 1) * CHUNK]
                     for n in range(first, min(first + WINDOW, total))]
        if segmented:
            try:
                sock.sendmsg([b''.join(datagrams)],
                             [(socket.IPPROTO_UDP, UDP_SEGMENT,
                               struct.pack('=H', CHUNK + 5))], 0, peer)
                continue
            except OSError:
                segmented = False
        for datagram in datagrams:
            sock.sendto(datagram, peer)


def main():
    address, port, received, to_send = sys.argv[1:]
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    sock.bind((address, int(port)))
    print('listening on', sock.getsockname()[1], flush=True)
    receive(sock, received)
    send(sock, to_send)


if __name__ == '__main__':
    main()
