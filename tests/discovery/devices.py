# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices that answer to WS-Discovery, each in its own way."""

import re
import socket
import struct
import threading
import uuid

IP_MULTICAST_ALL = 49
GROUP, GROUP6, PORT = '239.255.255.250', 'ff02::c', 3702

ENVELOPE = '''<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"
 xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><s:Header><a:MessageID>urn:uuid:{id}</a:MessageID>{relates}
<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/{kind}</a:Action></s:Header><s:Body>{body}</s:Body></s:Envelope>'''


def envelope(kind, body, relates_to=None):
    relates = f'<a:RelatesTo>{relates_to}</a:RelatesTo>' if relates_to else ''
    return ENVELOPE.format(id=uuid.uuid4(), relates=relates, kind=kind, body=body).encode()


class Device:
    """A device that is there. answers: whether it answers a probe that asks for this ("transmitter", "device", "all")."""

    def __init__(self, name, address='127.0.0.1', interface='lo', answers=lambda asks: True, types='dn:NetworkVideoTransmitter',
                 xaddrs=None, endpoint=None, padding=0, relates=lambda asked: asked, more='', exclusive=False):
        self.name, self.address, self.interface = name, address, interface
        self.answers, self.types, self.padding, self.relates, self.more = answers, types, padding, relates, more
        self.endpoint = endpoint or f'urn:uuid:{uuid.uuid4()}'
        self.six = ':' in address
        host = f'[{address}]' if self.six else address
        self.xaddrs = f'http://{host}:8080/onvif/device_service' if xaddrs is None else xaddrs
        self.asked = []
        self.index = socket.if_nametoindex(interface)
        self.heard = socket.socket(socket.AF_INET6 if self.six else socket.AF_INET, socket.SOCK_DGRAM)
        self.heard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, not exclusive)
        if self.six:
            self.heard.bind((GROUP6, PORT, 0, self.index))
            self.heard.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                                  socket.inet_pton(socket.AF_INET6, GROUP6) + struct.pack('@I', self.index))
        else:
            self.heard.bind(('' if exclusive else GROUP, PORT))
            self.heard.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)
            self.heard.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + bytes(4)
                                  + struct.pack('@i', self.index))
        self.running = True
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        self.heard.settimeout(0.05)
        while self.running:
            try:
                data, sender = self.heard.recvfrom(65536)
            except TimeoutError:
                continue
            except OSError:
                return
            message = re.search(rb'MessageID>([^<]*)<', data)
            if b'Probe' not in data or b'ProbeMatch' in data or not message:
                continue
            asks = 'transmitter' if b'NetworkVideoTransmitter<' in data else 'device' if b':Device<' in data else 'all'
            self.asked.append(asks)
            if self.answers(asks):
                self.send(self.answer(self.relates(message[1].decode())), sender)

    def describe(self, full=True):
        text = f'<a:EndpointReference><a:Address>{self.endpoint}</a:Address></a:EndpointReference>'
        if full:
            text += (f'<d:Types>{self.types}</d:Types><d:Scopes>onvif://www.onvif.org/name/{self.name.replace(" ", "%20")} '
                     f'{self.more}</d:Scopes><d:XAddrs>{self.xaddrs}</d:XAddrs>')
        return text

    def answer(self, relates_to):
        body = f'<d:ProbeMatches><d:ProbeMatch>{self.describe()}</d:ProbeMatch></d:ProbeMatches>'
        return envelope('ProbeMatches', body + ' ' * self.padding, relates_to)

    def send(self, data, to=None):
        with socket.socket(socket.AF_INET6 if self.six else socket.AF_INET, socket.SOCK_DGRAM) as out:
            if self.six:
                out.bind((self.address, 0, 0, self.index))
                out.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, self.index)
            else:
                out.bind((self.address, 0))
                out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, bytes(8) + struct.pack('@i', self.index))
            try:
                out.sendto(data, to or ((GROUP6, PORT, 0, self.index) if self.six else (GROUP, PORT)))
            except OSError:
                pass

    def hello(self, full=True):
        self.send(envelope('Hello', f'<d:Hello>{self.describe(full)}</d:Hello>'))

    def bye(self):
        self.send(envelope('Bye', f'<d:Bye>{self.describe(False)}</d:Bye>'))

    def stop(self):
        self.running = False
        self.thread.join()
        self.heard.close()
