# SPDX-License-Identifier: MIT
"""Which cluster tgrun-driver-dask speaks to, and how: what the user's text says, TLS, versions, and clusters of our own."""
import contextlib, importlib.metadata, importlib.util, ipaddress, json, os, re, socket, subprocess, sys, tempfile, time
from urllib.parse import urlsplit

from tgrun_dask_worker import Failed

LOOK_SECONDS = 1      # between two looks at the workers
CONNECT_SECONDS = 10
OPTIONS = "memory", "ca", "cert", "key", "program", "python", "insecure"
IDLE_SECONDS = 10     # with less to do than there are workers for, until a local cluster gets smaller


def options_of(text):
    """The place and the options of `local:4,memory=4GB,insecure`."""
    place, *rest = text[5:].split(",") if text.startswith("dask:") else text.split(",")
    options = {name: value or "yes" for name, _, value in (option.partition("=") for option in rest)}
    unknown = [name for name in options if name not in OPTIONS]
    if unknown:
        raise Failed("connect", f"there is no option '{unknown[0]}'", "options are " + ", ".join(OPTIONS))
    if options.get("python") and os.environ.get("TGRUN_DRIVER_PYTHON") != options["python"]:
        raise Failed("connect", f"there is no program {options['python']}", "the option python=PATH names the cluster's own Python")
    return place, options


def temporary_folder():
    """A folder that is removed when this process ends, however it does."""
    folder = tempfile.mkdtemp(prefix="tgrun-dask-")
    remove = 'read _; for _ in 1 2 3 4 5; do rm -rf "$1" && exit; sleep 1; done'
    subprocess.Popen(["/bin/sh", "-c", remove, "sh", folder], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
    return folder


def is_loopback(host):
    try:
        found = socket.getaddrinfo(host, None)
    except OSError as error:
        raise Failed("connect", f"{host} is no known host: {error.strerror}", "") from None
    return all(ipaddress.ip_address(entry[4][0].partition("%")[0]).is_loopback for entry in found)


def own_certificates(folder, distributed):
    """Throw-away certificates for a cluster of our own, of the cryptography library or of openssl."""
    if importlib.util.find_spec("cryptography"):
        return distributed.Security.temporary()
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    try:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "365", "-subj", "/CN=tgrun", "-keyout", key,
                        "-out", cert], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        raise Failed("tls", "no certificates can be made for the local cluster: anybody on this machine could run code in it as you",
                     "install openssl or Python's cryptography, or add the option insecure") from None
    os.chmod(key, 0o600)
    return security_of(distributed, {"ca": cert, "cert": cert, "key": key})


def security_of(distributed, options):
    """What options say of TLS; without them, Dask's own configuration does."""
    if not any(options.get(name) for name in ("ca", "cert", "key")):
        return distributed.Security(require_encryption=True)
    for name in ("ca", "cert", "key"):
        if not os.access(options.get(name, ""), os.R_OK):
            raise Failed("tls", f"the file of option {name} cannot be read: '{options.get(name, '')}'", "TLS needs ca=, cert= and key=")
    if os.stat(options["key"]).st_mode & 0o077:
        raise Failed("tls", f"others can read the key {options['key']}", f"chmod 600 {options['key']}")
    names = {f"tls_{role}_{what}": options[what] for role in ("client", "scheduler", "worker") for what in ("cert", "key")}
    return distributed.Security(tls_ca_file=options["ca"], require_encryption=True, **names)


def admitted(distributed, address, options):
    """The security of a cluster that others have started, or None: it needs none."""
    url = urlsplit(address)
    if url.scheme not in ("tcp", "tls") or not url.port:
        raise Failed("connect", f"'{address}' is no address of a cluster", "local:4, tcp://HOST:PORT, tls://HOST:PORT or FILE.json")
    if url.scheme == "tcp" and not is_loopback(url.hostname) and "insecure" not in options:
        raise Failed("tls", f"{address} has no TLS: anybody who reaches it can run code as you",
                     "use tls://, or add the option insecure in a network that only you can reach")
    security = security_of(distributed, options) if url.scheme == "tls" else None
    try:
        socket.create_connection((url.hostname, url.port), CONNECT_SECONDS).close()
    except OSError as error:
        raise Failed("connect", f"no scheduler answers at {address}: {error.strerror or error}", "") from None
    return security


class Local:
    """A cluster of our own on this machine: N workers, or as many as there is work for."""

    def __init__(self, text, options):
        match = re.fullmatch(r"local:(\d+)(?:\.\.(\d+))?(?:x(\d+))?", text)
        if not match or not int(match[2] or match[1]) or match[3] == "0":
            raise Failed("connect", f"'{text}' is no local cluster", "local:4, local:4x2 (workers x slots), local:1..10")
        self.least, self.threads = int(match[1]), int(match[3] or 1)
        self.most = int(match[2] or match[1])
        self.adapts = self.most != self.least
        self.options, self.cluster, self.busy_since, self.used_at = options, None, None, time.monotonic()

    async def start(self, distributed, folder):
        self.distributed = distributed
        insecure = "insecure" in self.options
        security = None if insecure else own_certificates(folder, distributed)
        self.wanted = self.asked = self.least
        self.cluster = await distributed.LocalCluster(
            n_workers=self.least, threads_per_worker=self.threads, processes=True, asynchronous=True, host="127.0.0.1",
            protocol="tcp://" if insecure else "tls://", security=security, memory_limit=self.options.get("memory", "auto"),
            dashboard_address="127.0.0.1:0" if importlib.util.find_spec("bokeh") else None, local_directory=folder)
        return security

    def must_settle(self):
        return self.asked != self.wanted

    async def settle(self, client):
        """Asks for more workers; or takes away some that have nothing to do, whose values go to others before. Where too few have
        nothing to do, it is to be called again."""
        if self.wanted > self.asked:
            self.cluster.scale(self.wanted)
            self.asked = self.wanted
            return
        at_work = {address for address, keys in (await client.processing()).items() if keys}
        workers = self.cluster.scheduler_info["workers"]
        spare = {address: workers[address]["name"] for address in workers if address not in at_work}
        spare = dict(list(spare.items())[: self.asked - self.wanted])
        if spare:
            await client.retire_workers(workers=list(spare))
            await self.cluster.scale_down(list(spare.values()))
            self.asked -= len(spare)

    def target(self, flying):
        """How many workers there should be, as so many batches fly: twice as many when all have been busy for long enough to start
        one, and as few as are needed once less has been enough for long."""
        now, needed = time.monotonic(), -(-flying // self.threads)
        self.busy_since = (self.busy_since or now) if needed >= self.wanted and flying else None
        if needed >= self.wanted:
            self.used_at = now
        if self.busy_since and now - self.busy_since >= LOOK_SECONDS:
            return min(self.most, max(2 * self.wanted, 1))
        if now - self.used_at > IDLE_SECONDS:
            return max(self.least, needed)
        return self.wanted if flying == 0 or self.wanted else 1


def scheduler_of(path):
    try:
        with open(path) as file:
            return json.load(file)["address"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Failed("connect", f"{path} is no scheduler file: {error}", "`dask scheduler --scheduler-file FILE.json` writes one") from None


def no_connection(address, error):
    """The scheduler listens, but does not answer as one of this kind would."""
    if address.startswith("tls"):
        return Failed("tls", f"the scheduler at {address} does not take these certificates: {error}",
                      "are ca=, cert= and key= the cluster's?")
    return Failed("connect", f"the scheduler at {address} does not answer: {error}",
                  "it may want TLS: tls://HOST:PORT,ca=FILE,cert=FILE,key=FILE; or have another version of Dask: name its own Python by the option python=PATH")


def version_of(told):
    """Of what distributed tells of an end."""
    host, packages = dict(told["host"]), dict(told["packages"])
    return f"Python {'.'.join(str(host['python']).split('.')[:2])} with distributed {packages['distributed']}"


def versions(distributed=None):
    found = {"python": sys.version.split()[0]}
    with contextlib.suppress(ImportError):
        found["distributed"] = distributed.__version__ if distributed else importlib.metadata.version("distributed")
    return found
