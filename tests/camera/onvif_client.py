# SPDX-License-Identifier: GPL-3.0-or-later
"""A plain ONVIF client, for the tests of the test camera: one request at a time, every header as told."""

import base64
import datetime
import hashlib
import os
import re
import urllib.error
import urllib.request

SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
DIGEST = ("http://docs.oasis-open.org/wss/2004/01/"
          "oasis-200401-wss-username-token-profile-1.0#PasswordDigest")
TDS = "http://www.onvif.org/ver10/device/wsdl"
TRT = "http://www.onvif.org/ver10/media/wsdl"
TEV = "http://www.onvif.org/ver10/events/wsdl"


def token(user, password, offset=0.0, nonce=None):
    """A UsernameToken, made offset seconds from now."""
    nonce = nonce or os.urandom(16)
    created = (datetime.datetime.utcnow() + datetime.timedelta(seconds=offset)).strftime(
        "%Y-%m-%dT%H:%M:%SZ")
    digest = base64.b64encode(
        hashlib.sha1(nonce + created.encode() + password.encode()).digest()).decode()
    return ('<w:Security xmlns:w="%s" s:mustUnderstand="1"><w:UsernameToken>'
            '<w:Username>%s</w:Username><w:Password Type="%s">%s</w:Password>'
            '<w:Nonce>%s</w:Nonce><u:Created xmlns:u="%s">%s</u:Created>'
            '</w:UsernameToken></w:Security>'
            % (WSSE, user, DIGEST, digest, base64.b64encode(nonce).decode(), WSU, created))


def call(url, body, header="", digest=None, timeout=10):
    """Sends a request; returns the HTTP status and the answer as text."""
    text = ('<?xml version="1.0"?><s:Envelope xmlns:s="%s" xmlns:tds="%s" xmlns:trt="%s" xmlns:tev="%s" '
            'xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2">'
            '<s:Header>%s</s:Header><s:Body>%s</s:Body></s:Envelope>'
            % (SOAP, TDS, TRT, TEV, header, body))
    handlers = [urllib.request.ProxyHandler({})]
    if digest:
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, url, *digest)
        handlers.append(urllib.request.HTTPDigestAuthHandler(passwords))
    opener = urllib.request.build_opener(*handlers)
    request = urllib.request.Request(
        url, text.encode(), {"Content-Type": "application/soap+xml; charset=utf-8"})
    try:
        with opener.open(request, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        text = error.read()  # after a refused digest, urllib has nothing to read
        return error.code, text.decode(errors="replace") if isinstance(text, bytes) else ""


def values(answer, name):
    """The texts of all elements of a local name."""
    return re.findall(r"<(?:\w+:)?%s(?:\s[^>]*)?>([^<]*)</" % name, answer)
