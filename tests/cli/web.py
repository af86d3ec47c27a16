# SPDX-License-Identifier: MIT
# A browser's part of a conversation with a dashboard, for the tests in dashboard.bats: `from web import *`. The program's standard error is
# in ./err.
import contextlib, http.client, json, os, re, socket, sys, time
from urllib.parse import urlsplit

def wait(what, condition):
    """Until the condition holds; what hangs is ended by the runner."""
    while not (value := condition()):
        time.sleep(0.01)
    return value

def link():
    """The link that was printed, as (address, port, path with the token)."""
    found = wait("a link", lambda: re.search(r"http://(\S+):(\d+)(/[0-9a-f]{32}/)\n", open("err").read()))
    return found[1], int(found[2]), found[3]

class Page:
    def __init__(self, address="127.0.0.1"):
        self.host, self.port, self.path = link()
        self.address = address

    def ask(self, path, method="GET", body=None, **headers):
        """(status, headers, text) of what stands behind the token, or of a whole path that begins with '/'."""
        connection = http.client.HTTPConnection(self.address, self.port)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        with contextlib.closing(connection):
            connection.request(method, path if path.startswith("/") else self.path + path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()

    def get(self, document):
        status, headers, text = self.ask("api/" + document)
        assert status == 200 and headers["Content-Type"] == "application/json", (document, status, text)
        return json.loads(text)

    def do(self, what, **more):
        """Asks for something of the run: (status, answer)."""
        status, _, text = self.ask("api/control", "POST", json.dumps({"do": what, **more}), Content_Type="application/json")
        return status, json.loads(text) if text.startswith("{") else text

    def status(self):
        return self.get("status")

    def wait(self, condition):
        """The first status for which it holds."""
        return wait("a status", lambda: (lambda s: s if condition(s) else None)(self.status()))

    def raw(self, data=b""):
        """A connection on which that was said."""
        s = socket.create_connection((self.address, self.port))
        s.sendall(data)
        return s

    def head(self, path="", method="GET"):
        return f"{method} {self.path}{path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n".encode()

def answer_of(s):
    """All that comes until the other end closes."""
    data = b""
    with contextlib.suppress(OSError):
        while more := s.recv(65536):
            data += more
    s.close()
    return data
